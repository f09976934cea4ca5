/** What changed inside a line: the words that only one side has, and how alike the two lines are. */
import { matchItems } from './match.ts'

/** A stretch of a line, as offsets; `to` is exclusive. */
export type Mark = { readonly from: number; readonly to: number }
type WordChange = {
  readonly before: readonly Mark[]
  readonly after: readonly Mark[]
  /** 0 is nothing in common, 1 is equal; blanks do not count. */
  readonly likeness: number
}

const MAX_WORDS = 400

export function changedWords(before: string, after: string): WordChange {
  const [a, b] = [split(before), split(after)]
  if (a.length > MAX_WORDS || b.length > MAX_WORDS) return { before: [], after: [], likeness: 0 }
  const pairs = matchItems(a, b)
  const weight = (words: readonly string[]): number =>
    words.reduce((sum, word) => sum + word.trim().length, 0)
  const kept = weight(pairs.map(([at]) => a[at] ?? ''))
  const total = weight(a) + weight(b)
  return {
    before: marksOf(a, new Set(pairs.map(([at]) => at))),
    after: marksOf(b, new Set(pairs.map(([, at]) => at))),
    likeness: total === 0 ? 1 : (2 * kept) / total,
  }
}

const split = (line: string): string[] => line.match(/[\p{L}\p{N}_$]+|\s+|./gu) ?? []

function marksOf(words: readonly string[], kept: ReadonlySet<number>): Mark[] {
  const marks: Mark[] = []
  let offset = 0
  words.forEach((word, index) => {
    const to = offset + word.length
    if (!kept.has(index)) {
      const last = marks.at(-1)
      if (last?.to === offset) marks[marks.length - 1] = { from: last.from, to }
      else marks.push({ from: offset, to })
    }
    offset = to
  })
  return marks
}
