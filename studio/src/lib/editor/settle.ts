/** Makes a model's text equal to another by as little as possible. */
import type { editor } from 'monaco-editor/editor/editor.api'
import { differences } from './text-difference.ts'

/** `EndOfLinePreference.LF`; Monaco itself is loaded later. */
const AS_LF = 1

/** Changes the model to `wanted` by the smallest replacements, so that carets, folds and scrolling stay. */
export function settle(model: editor.ITextModel, wanted: string): void {
  const edits = differences(model.getValue(AS_LF), wanted).map((change) => {
    const from = model.getPositionAt(change.offset)
    const to = model.getPositionAt(change.offset + change.remove)
    return {
      range: {
        startLineNumber: from.lineNumber,
        startColumn: from.column,
        endLineNumber: to.lineNumber,
        endColumn: to.column,
      },
      text: change.insert,
    }
  })
  if (edits.length > 0) model.applyEdits(edits)
}
