/** Makes a model's text equal to another by as little as possible. */
import type { editor } from 'monaco-editor/editor/editor.api'
import { difference } from './text-difference.ts'

/** `EndOfLinePreference.LF`; Monaco itself is loaded later. */
const AS_LF = 1

/** Changes the model to `wanted` by the smallest replacement, so that carets, folds and scrolling stay. */
export function settle(model: editor.ITextModel, wanted: string): void {
  const change = difference(model.getValue(AS_LF), wanted)
  if (!change) return
  const from = model.getPositionAt(change.offset)
  const to = model.getPositionAt(change.offset + change.remove)
  model.applyEdits([
    {
      range: {
        startLineNumber: from.lineNumber,
        startColumn: from.column,
        endLineNumber: to.lineNumber,
        endColumn: to.column,
      },
      text: change.insert,
    },
  ])
}
