/** The smallest replacements between two texts, and what somebody typed carried over onto a newer text. */
import { matchItems } from '#lib/ui/diff/match.ts'

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

/**
 * The same as several replacements, in order, with offsets into `before`: what lies between two changes stays untouched,
 * and with it the caret that stands there. Lines first and, unless told otherwise, words within the lines that changed.
 */
export function differences(
  before: string,
  after: string,
  by: 'lines' | 'words' = 'words',
): readonly Replacement[] {
  const whole = difference(before, after)
  if (!whole) return []
  // An insertion or a removal is as small as it can be.
  if (whole.remove === 0 || whole.insert === '') return [whole]
  const lines = refine(whole, before, LINES)
  if (by === 'lines') return lines
  return lines.flatMap((part) =>
    part.remove + part.insert.length > LONGEST_BY_WORDS ? [part] : refine(part, before, WORDS),
  )
}

const LINES = /[^\n]*\n|[^\n]+/g
const WORDS = /\w+|\s+|[^\w\s]/gu
const LONGEST_BY_WORDS = 4_000

/** Splits a replacement at the pieces that both of its sides have in common. */
function refine(change: Replacement, text: string, pieces: RegExp): readonly Replacement[] {
  const old = text.slice(change.offset, change.offset + change.remove).match(pieces) ?? []
  const next = change.insert.match(pieces) ?? []
  const found: Replacement[] = []
  let [oldAt, nextAt, offset] = [0, 0, change.offset]
  for (const [oldKept, nextKept] of [
    ...matchItems(old, next),
    [old.length, next.length] as const,
  ]) {
    const gone = old.slice(oldAt, oldKept).join('')
    const come = next.slice(nextAt, nextKept).join('')
    const part = difference(gone, come)
    if (part) found.push({ ...part, offset: offset + part.offset })
    offset += gone.length + (old[oldKept]?.length ?? 0)
    oldAt = oldKept + 1
    nextAt = nextKept + 1
  }
  return found
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
