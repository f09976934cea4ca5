/** Where the blocks of the attribution gutter stand beside the visible part of the editor, in pixels from its top. */
import type { CodeEditor } from '../monaco.ts'
import type { HandBlock } from './attribution.svelte.ts'
import type { ShownHand } from './hand.ts'

export type PlacedBlock = {
  readonly block: HandBlock
  readonly top: number
  readonly height: number
  /** How far its name is pushed down, so that it stays in sight. */
  readonly push: number
  readonly ticks: readonly { readonly top: number; readonly hand: ShownHand }[]
}

export function placeBlocks(editor: CodeEditor, blocks: readonly HandBlock[]): PlacedBlock[] {
  const model = editor.getModel()
  const visible = editor.getVisibleRanges()
  const first = visible[0]?.startLineNumber
  const last = visible.at(-1)?.endLineNumber
  if (!model || first === undefined || last === undefined) return []
  const lineHeight = lineHeightOf(editor)
  const scrolled = editor.getScrollTop()
  const lines = model.getLineCount()
  const topOf = (line: number): number => editor.getTopForLineNumber(line) - scrolled
  return blocks.flatMap((block): PlacedBlock[] => {
    // The text may have lost lines since the blocks were read.
    if (block.to < first || block.from > last || block.from > lines) return []
    const top = topOf(block.from)
    const height = topOf(Math.min(block.to, lines)) + lineHeight - top
    // Folded away.
    if (height <= 0) return []
    const push = Math.max(0, Math.min(-top, height - lineHeight))
    const ticks = block.mixed.flatMap(({ line, others: [hand] }) =>
      hand && line >= first && line <= Math.min(last, lines)
        ? [{ top: topOf(line) - top, hand }]
        : [],
    )
    return [{ block, top, height, push, ticks }]
  })
}

/** The line (from 1) at `y` pixels below the editor's top; `null` below the text. */
export function lineAtY(editor: CodeEditor, y: number): number | null {
  const wanted = y + editor.getScrollTop()
  for (const range of editor.getVisibleRanges()) {
    for (let line = range.startLineNumber; line <= range.endLineNumber; line += 1) {
      const top = editor.getTopForLineNumber(line)
      if (wanted >= top && wanted < top + lineHeightOf(editor)) return line
    }
  }
  return null
}

/** A line that is wrapped is taller; its first row stands for it. */
const lineHeightOf = (editor: CodeEditor): number => editor.getRawOptions().lineHeight ?? 21
