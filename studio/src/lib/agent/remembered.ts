/** What the panel remembers in this browser, per app and member: the session in use, the model, and an unsent prompt. */

type Key = 'session' | 'model' | 'draft'

export type Remembered = {
  readonly get: (key: Key) => string | null
  /** `null` or an empty text forgets. */
  readonly set: (key: Key, value: string | null) => void
}

/** Where storage is blocked, nothing is remembered and nothing breaks. */
export function remembered(appId: string, memberId: string): Remembered {
  const name = (key: Key): string => `relpin.agent.${appId}.${memberId}.${key}`
  return {
    get: (key) => {
      try {
        return localStorage.getItem(name(key))
      } catch {
        return null
      }
    },
    set: (key, value) => {
      try {
        if (value) localStorage.setItem(name(key), value)
        else localStorage.removeItem(name(key))
      } catch {
        // Private windows may refuse; the panel then starts afresh after a reload.
      }
    },
  }
}
