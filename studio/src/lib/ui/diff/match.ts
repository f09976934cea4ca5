/**
 * Which items of two lists stay: pairs of equal items in order. Lines that occur once on both sides are anchors;
 * between anchors the longest common run of items decides, as far as that is cheap.
 */

type Pair = readonly [before: number, after: number]

/** Beyond this many cells a stretch without any anchor counts as replaced: readable, and never slow. */
const MAX_CELLS = 4_000_000

/** A stretch of each list: from, and up to but without `to`. */
type Stretches = {
  readonly a: readonly string[]
  readonly b: readonly string[]
  readonly aFrom: number
  readonly aTo: number
  readonly bFrom: number
  readonly bTo: number
}

/** Pairs of positions of equal items, both rising. */
export function matchItems(a: readonly string[], b: readonly string[]): Pair[] {
  const pairs: Pair[] = []
  matchStretches({ a, b, aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }, pairs)
  return pairs
}

function matchStretches({ a, b, ...ends }: Stretches, out: Pair[]): void {
  let { aFrom, aTo, bFrom, bTo } = ends
  while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) out.push([aFrom++, bFrom++])
  const tail: Pair[] = []
  while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) tail.push([--aTo, --bTo])
  if (aFrom < aTo && bFrom < bTo) {
    const middle = { a, b, aFrom, aTo, bFrom, bTo }
    const anchors = findAnchors(middle)
    if (anchors.length === 0) longestCommon(middle, out)
    let [aAt, bAt] = [aFrom, bFrom]
    for (const [aAnchor, bAnchor] of anchors) {
      matchStretches({ a, b, aFrom: aAt, aTo: aAnchor, bFrom: bAt, bTo: bAnchor }, out)
      out.push([aAnchor, bAnchor])
      aAt = aAnchor + 1
      bAt = bAnchor + 1
    }
    if (anchors.length > 0) matchStretches({ ...middle, aFrom: aAt, bFrom: bAt }, out)
  }
  out.push(...tail.reverse())
}

/** Items that occur exactly once in both ranges, thinned to the longest rising sequence. */
function findAnchors({ a, b, aFrom, aTo, bFrom, bTo }: Stretches): Pair[] {
  const seen = new Map<string, { at: number; times: number; bAt: number; bTimes: number }>()
  for (let at = aFrom; at < aTo; at++) {
    const item = a[at] ?? ''
    const entry = seen.get(item)
    if (entry) entry.times++
    else seen.set(item, { at, times: 1, bAt: -1, bTimes: 0 })
  }
  for (let at = bFrom; at < bTo; at++) {
    const entry = seen.get(b[at] ?? '')
    if (!entry) continue
    entry.bAt = at
    entry.bTimes++
  }
  const unique = [...seen.values()]
    .filter((entry) => entry.times === 1 && entry.bTimes === 1)
    .map((entry): Pair => [entry.at, entry.bAt])
    .sort((x, y) => x[0] - y[0])
  return longestRising(unique)
}

function longestRising(pairs: readonly Pair[]): Pair[] {
  const tails: number[] = []
  const previous = new Array<number>(pairs.length).fill(-1)
  pairs.forEach((pair, index) => {
    let [low, high] = [0, tails.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < pair[1]) low = middle + 1
      else high = middle
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1
    tails[low] = index
  })
  const rising: Pair[] = []
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const pair = pairs[at]
    if (pair) rising.push(pair)
  }
  return rising.reverse()
}

function longestCommon({ a, b, aFrom, aTo, bFrom, bTo }: Stretches, out: Pair[]): void {
  const [height, width] = [aTo - aFrom, bTo - bFrom]
  if ((height + 1) * (width + 1) > MAX_CELLS) return
  const step = width + 1
  const best = new Uint16Array((height + 1) * step)
  for (let i = height - 1; i >= 0; i--) {
    for (let j = width - 1; j >= 0; j--) {
      best[i * step + j] =
        a[aFrom + i] === b[bFrom + j]
          ? (best[(i + 1) * step + j + 1] ?? 0) + 1
          : Math.max(best[(i + 1) * step + j] ?? 0, best[i * step + j + 1] ?? 0)
    }
  }
  let [i, j] = [0, 0]
  while (i < height && j < width) {
    if (a[aFrom + i] === b[bFrom + j]) out.push([aFrom + i++, bFrom + j++])
    else if ((best[(i + 1) * step + j] ?? 0) >= (best[i * step + j + 1] ?? 0)) i++
    else j++
  }
}
