/** A brake on guessing: failed sign-ins per key in a sliding window, in this process's memory. */

export type Attempts = {
  /** Seconds until the next try is allowed; 0 when it is allowed now. */
  readonly wait: (key: string) => number
  readonly failed: (key: string) => void
  /** Forgets all failures of a key. */
  readonly clear: (key: string) => void
  /** Takes the last failure back: it was counted ahead and was none. */
  readonly takeBack: (key: string) => void
}

const MAX_KEYS = 10_000

/** Allows `limit` failures in `windowMs`. `now` is for tests. */
export function attempts(limit: number, windowMs: number, now: () => number = Date.now): Attempts {
  const failures = new Map<string, number[]>()
  const recent = (key: string): number[] => {
    const times = (failures.get(key) ?? []).filter((time) => now() - time < windowMs)
    if (times.length === 0) failures.delete(key)
    return times
  }
  return {
    wait: (key) => {
      const times = recent(key)
      const first = times.at(-limit)
      if (times.length < limit || first === undefined) return 0
      return Math.max(1, Math.ceil((first + windowMs - now()) / 1000))
    },
    failed: (key) => {
      const times = [...recent(key), now()].slice(-limit)
      // Re-inserting keeps the map in order of use, so that the oldest key is the one to forget.
      failures.delete(key)
      failures.set(key, times)
      const oldest = failures.keys().next()
      if (failures.size > MAX_KEYS && !oldest.done) failures.delete(oldest.value)
    },
    clear: (key) => {
      failures.delete(key)
    },
    takeBack: (key) => {
      const times = recent(key).slice(0, -1)
      if (times.length === 0) failures.delete(key)
      else failures.set(key, times)
    },
  }
}
