/** The smallest set of whole-line replacements that turns one text into another (Myers' greedy algorithm). */
import type { Replacement } from './replacement.ts'

/** Beyond this many differing lines the middle is replaced as a whole: minimality would cost too much time. */
const MAX_DIFFERENCES = 1_500

/** Ascending, non-overlapping replacements of whole lines. */
export function lineReplacements(before: string, after: string): Replacement[] {
  const a = splitLines(before)
  const b = splitLines(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail++
  const middleA = a.slice(head, a.length - tail)
  const middleB = b.slice(head, b.length - tail)
  const start = length(a.slice(0, head))
  return join(runs(middleA, middleB), middleA, middleB, start)
}

/** Lines with their line ends; joining them gives the text back. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** Which lines go and which come, in order: `removed` lines of a and `added` lines of b from these indexes. */
type Run = {
  readonly a: number
  readonly removed: number
  readonly b: number
  readonly added: number
}

function runs(a: readonly string[], b: readonly string[]): Run[] {
  if (a.length === 0 && b.length === 0) return []
  const kept = keptPairs(a, b)
  const result: Run[] = []
  let nextA = 0
  let nextB = 0
  for (const [keptA, keptB] of [...kept, [a.length, b.length] as const]) {
    if (keptA > nextA || keptB > nextB)
      result.push({ a: nextA, removed: keptA - nextA, b: nextB, added: keptB - nextB })
    nextA = keptA + 1
    nextB = keptB + 1
  }
  return result
}

/** A longest common subsequence as pairs of indexes; empty when the texts differ too much. */
function keptPairs(a: readonly string[], b: readonly string[]): [number, number][] {
  const limit = Math.min(a.length + b.length, MAX_DIFFERENCES)
  const offset = limit + 1
  const furthest = new Int32Array(2 * limit + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice(offset - d - 1, offset + d + 2))
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d || (k !== d && at(furthest, offset + k - 1) < at(furthest, offset + k + 1))
      let x = down ? at(furthest, offset + k + 1) : at(furthest, offset + k - 1) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      furthest[offset + k] = x
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return []
}

function walkBack(
  trace: readonly Int32Array[],
  lengthA: number,
  lengthB: number,
): [number, number][] {
  const pairs: [number, number][] = []
  let x = lengthA
  let y = lengthB
  for (let d = trace.length - 1; d >= 0; d--) {
    const row = trace[d] ?? new Int32Array()
    // Row d was cut out around diagonal 0, which lies at index d + 1.
    const value = (k: number): number => at(row, k + d + 1)
    const k = x - y
    const down = k === -d || (k !== d && value(k - 1) < value(k + 1))
    const previousK = down ? k + 1 : k - 1
    const previousX = d === 0 ? 0 : value(previousK)
    const previousY = d === 0 ? 0 : previousX - previousK
    while (x > previousX && y > previousY) pairs.push([--x, --y])
    x = previousX
    y = previousY
  }
  return pairs.reverse()
}

function join(
  found: readonly Run[],
  a: readonly string[],
  b: readonly string[],
  start: number,
): Replacement[] {
  let at = start
  let done = 0
  return found.map((run) => {
    at += length(a.slice(done, run.a))
    const removed = length(a.slice(run.a, run.a + run.removed))
    const replacement = {
      at,
      remove: removed,
      insert: b.slice(run.b, run.b + run.added).join(''),
    }
    at += removed
    done = run.a + run.removed
    return replacement
  })
}

const at = (values: Int32Array, index: number): number => values[index] ?? 0

function length(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
