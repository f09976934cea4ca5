/** A replacement in a text, and trimming it to what really differs. Positions are UTF-16 units, as Yjs counts. */

export type Replacement = { readonly at: number; readonly remove: number; readonly insert: string }

/**
 * Leaves out what the removed and the inserted text have in common at both ends; never splits a character. A word that
 * is replaced is replaced whole ("solo" by "single", not "olo" by "ingle"), because people will read the two side by
 * side; where text is only added or only removed, every character that stays stays.
 */
export function trim(text: string, replacement: Replacement): Replacement {
  const { at, remove, insert } = replacement
  const removed = text.slice(at, at + remove)
  const most = Math.min(removed.length, insert.length)
  let head = 0
  while (head < most && removed[head] === insert[head]) head++
  if (head > 0 && isHighSurrogate(removed.charCodeAt(head - 1))) head--
  let tail = 0
  while (tail < most - head && removed.at(-1 - tail) === insert.at(-1 - tail)) tail++
  if (tail > 0 && isLowSurrogate(removed.charCodeAt(removed.length - tail))) tail--
  if (remove > head + tail && insert.length > head + tail) {
    while (head > 0 && splitsWord(removed, insert, head)) head--
    const [backwards, insertBackwards] = [reversed(removed), reversed(insert)]
    while (tail > 0 && splitsWord(backwards, insertBackwards, tail)) tail--
  }
  return {
    at: at + head,
    remove: remove - head - tail,
    insert: insert.slice(head, insert.length - tail),
  }
}

const isWord = (unit: string | undefined): boolean =>
  unit !== undefined && /[\p{L}\p{N}_$]/u.test(unit)

/** Whether a word goes on in either text right after the first `common` units, which are the same in both. */
function splitsWord(one: string, other: string, common: number): boolean {
  return isWord(one[common - 1]) && (isWord(one[common]) || isWord(other[common]))
}

const reversed = (text: string): string => text.split('').reverse().join('')

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
