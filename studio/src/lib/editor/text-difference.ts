/** The smallest single replacement between two texts, and what somebody typed carried over onto a newer text. */

/** Replace `remove` characters at `offset` with `insert`. Offsets are UTF-16 units. */
export type Replacement = {
  readonly offset: number
  readonly remove: number
  readonly insert: string
}

/** `null` when nothing differs. Never splits a surrogate pair. */
export function difference(before: string, after: string): Replacement | null {
  if (before === after) return null
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start -= 1
  let end = 0
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end += 1
  }
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) end -= 1
  return {
    offset: start,
    remove: before.length - start - end,
    insert: after.slice(start, after.length - end),
  }
}

export function apply(text: string, change: Replacement): string {
  return text.slice(0, change.offset) + change.insert + text.slice(change.offset + change.remove)
}

/**
 * `local` grew out of `base` while the document was exchanged for `fresh`: returns `fresh` with the same keystrokes in
 * it. Where both changed the same characters, the local insertion is kept beside the fresh text rather than lost.
 */
export function carryOver(base: string, local: string, fresh: string): string {
  const typed = difference(base, local)
  if (!typed) return fresh
  const moved = difference(base, fresh)
  if (!moved) return local
  if (typed.remove === 0 && moved.remove === 0 && typed.offset === moved.offset) {
    // The first of the typed keys may have arrived already.
    const arrived = commonStart(typed.insert, moved.insert)
    return apply(fresh, {
      offset: typed.offset + arrived,
      remove: 0,
      insert: typed.insert.slice(arrived),
    })
  }
  if (typed.offset + typed.remove <= moved.offset) return apply(fresh, typed)
  const movedEnd = moved.offset + moved.remove
  const shift = moved.insert.length - moved.remove
  if (typed.offset >= movedEnd) return apply(fresh, { ...typed, offset: typed.offset + shift })
  return apply(fresh, {
    offset: moved.offset + moved.insert.length,
    remove: 0,
    insert: typed.insert,
  })
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length += 1
  return length
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
