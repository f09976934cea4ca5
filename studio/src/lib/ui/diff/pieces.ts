/** Cuts a line where its colour or its mark changes, so that it can be drawn as plain spans. */
import type { Token, TokenKind } from './highlight.ts'
import type { Mark } from './words.ts'

export type Piece = {
  readonly text: string
  readonly kind: TokenKind | null
  readonly marked: boolean
}

export function cutPieces(
  text: string,
  tokens: readonly Token[],
  marks: readonly Mark[],
): readonly Piece[] {
  const cuts = new Set([0, text.length])
  for (const { from, to } of [...tokens, ...marks]) cuts.add(from).add(to)
  const at = [...cuts].sort((a, b) => a - b)
  return at.slice(0, -1).map((from, index) => {
    const inside = ({ from: start, to }: Mark): boolean => start <= from && from < to
    return {
      text: text.slice(from, at[index + 1]),
      kind: tokens.find(inside)?.kind ?? null,
      marked: marks.some(inside),
    }
  })
}
