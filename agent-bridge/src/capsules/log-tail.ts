/** Keeps the last lines of what a capsule writes, without the secrets that it was given. */

const KEPT_CHARACTERS = 16_000

export function logTail(secrets: readonly string[]): {
  readonly add: (chunk: Buffer) => void
  readonly read: () => string
} {
  let kept = ''
  return {
    add: (chunk) => {
      kept = (kept + chunk.toString('utf8')).slice(-KEPT_CHARACTERS)
    },
    read: () => secrets.reduce((text, secret) => text.replaceAll(secret, '[removed]'), kept),
  }
}
