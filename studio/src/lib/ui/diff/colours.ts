/** The coloured tokens of every line of a text; lines are looked up by their number. */
import { highlightable, highlightLine, type Carry, type Token } from './highlight.ts'

/** Texts beyond this are shown plain. */
const MAX_LINES = 8_000

export function colourLines(text: string | null, path: string): (line: number) => readonly Token[] {
  const lines = text?.split('\n') ?? []
  if (!highlightable(path) || lines.length > MAX_LINES) return () => []
  let carry: Carry = null
  const all = lines.map((line) => {
    const [tokens, left] = highlightLine(line, carry, path)
    carry = left
    return tokens
  })
  return (line) => all[line - 1] ?? []
}
