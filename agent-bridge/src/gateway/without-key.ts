/** Takes a provider's key out of what its server answers, also where it lies across two pieces. */

/** Same length, so that a stated length stays true. */
const MASK = '*'

export type WithoutKey = {
  /** What of it can be passed on now. */
  readonly piece: (bytes: Buffer) => Buffer
  /** What was held back, at the end. */
  readonly rest: () => Buffer
}

export function withoutKey(key: string): WithoutKey {
  const secret = Buffer.from(key)
  const mask = Buffer.alloc(secret.length, MASK)
  let held: Buffer = Buffer.alloc(0)
  if (secret.length === 0) return { piece: (bytes) => bytes, rest: () => held }
  return {
    piece: (bytes) => {
      const all = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      for (let at = all.indexOf(secret); at >= 0; at = all.indexOf(secret, at)) mask.copy(all, at)
      const keep = beginning(all, secret)
      held = all.subarray(all.length - keep)
      return all.subarray(0, all.length - keep)
    },
    rest: () => held,
  }
}

/** How many of the last bytes could be the beginning of the key. */
function beginning(bytes: Buffer, secret: Buffer): number {
  const most = Math.min(secret.length - 1, bytes.length)
  const first = secret[0] ?? 0
  let at = bytes.indexOf(first, bytes.length - most)
  while (at >= 0 && most > 0) {
    const length = bytes.length - at
    if (bytes.compare(secret, 0, length, at) === 0) return length
    at = bytes.indexOf(first, at + 1)
  }
  return 0
}
