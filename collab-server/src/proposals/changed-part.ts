/** Where two lists differ that mostly hold the very same things: what a keystroke costs does not grow with their length. */

/** `before[start, endBefore)` became `now[start, endNow)`; everything beside is the same, in the same order. */
export type ChangedPart = {
  readonly start: number
  readonly endBefore: number
  readonly endNow: number
}

export function changedPart<One>(before: readonly One[], now: readonly One[]): ChangedPart {
  const shorter = Math.min(before.length, now.length)
  let start = 0
  while (start < shorter && before[start] === now[start]) start += 1
  let endBefore = before.length
  let endNow = now.length
  while (endBefore > start && endNow > start && before[endBefore - 1] === now[endNow - 1]) {
    endBefore -= 1
    endNow -= 1
  }
  return { start, endBefore, endNow }
}
