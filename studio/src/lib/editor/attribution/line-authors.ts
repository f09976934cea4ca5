/** From runs of characters to what a gutter shows: whose each line is, and which neighbouring lines are one block. */
import type { Run } from './runs.ts'

/** The authors of a line, who wrote most of it first; empty for a blank line. */
export type LineAuthors<Author> = readonly Author[]

export type Block<Author> = {
  /** Lines from 1, both included. */
  readonly from: number
  readonly to: number
  readonly author: Author
  /** Lines of the block in which others wrote as well, and who. */
  readonly mixed: readonly { readonly line: number; readonly others: readonly Author[] }[]
}

/** `authorOf` gives `null` for a run whose author is not known (yet). Equal authors are the same object. */
export function authorsByLine<Author>(
  runs: readonly Run[],
  authorOf: (run: Run) => Author | null,
): LineAuthors<Author>[] {
  const lines: LineAuthors<Author>[] = []
  // Few hands meet in a line, so that lists are quicker than a map.
  let authors: Author[] = []
  let weights: number[] = []
  const end = (): void => {
    lines.push(authors.length < 2 ? authors : byWeight(authors, weights))
    authors = []
    weights = []
  }
  for (const run of runs) {
    const author = authorOf(run)
    let at = 0
    while (true) {
      const newline = run.text.indexOf('\n', at)
      const stop = newline < 0 ? run.text.length : newline
      const weight = author === null ? 0 : inkIn(run.text, at, stop)
      if (author !== null && weight > 0) {
        const known = authors.indexOf(author)
        if (known < 0) {
          authors.push(author)
          weights.push(weight)
        } else weights[known] = (weights[known] ?? 0) + weight
      }
      if (newline < 0) break
      end()
      at = newline + 1
    }
  }
  end()
  return lines
}

function byWeight<Author>(authors: readonly Author[], weights: readonly number[]): Author[] {
  return authors
    .map((author, at) => ({ author, weight: weights[at] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ author }) => author)
}

/** Characters that can be seen: indentation and line breaks say nothing about who wrote a line. */
function inkIn(text: string, from: number, to: number): number {
  let ink = 0
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) > 0x20) ink += 1
  return ink
}

/** Neighbouring lines with the same face are one block; blank lines between two of them belong to it. */
export function blocksOf<Author>(
  lines: readonly LineAuthors<Author>[],
  faceOf: (author: Author) => string,
): Block<Author>[] {
  type Open = {
    from: number
    to: number
    author: Author
    mixed: { line: number; others: readonly Author[] }[]
  }
  const blocks: Open[] = []
  for (const [index, authors] of lines.entries()) {
    const [author] = authors
    if (author === undefined) continue
    const line = index + 1
    let block = blocks.at(-1)
    const blankBetween = block && lines.slice(block.to, index).every(({ length }) => length === 0)
    if (!block || !blankBetween || faceOf(block.author) !== faceOf(author)) {
      block = { from: line, to: line, author, mixed: [] }
      blocks.push(block)
    }
    block.to = line
    const others = authors.slice(1).filter((other) => faceOf(other) !== faceOf(author))
    if (others.length > 0) block.mixed.push({ line, others })
  }
  return blocks
}
