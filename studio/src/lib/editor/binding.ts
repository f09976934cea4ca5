/**
 * One Monaco model bound to one `Y.Text`, with an undo that takes back only one's own edits.
 *
 * y-monaco does the binding; its traps are kept here: it calls `setValue` when the texts differ (so they are made equal
 * first), its awareness leaks a listener per editor (so it gets none; see presence-marks.ts), it goes wrong on CRLF (so
 * the model is LF), and it writes past Monaco's undo stack (so Yjs' own undo manager takes its place).
 */
import type { editor as Monaco } from 'monaco-editor/editor/editor.api'
import { MonacoBinding } from 'y-monaco'
import type * as Y from 'yjs'
import { settle } from './settle.ts'
import type { Landing, Step } from './undo/carried-steps.ts'
import { History } from './undo/history.ts'

const LF = 0

export type Binding = {
  /** What undo takes back, for the text that replaces this one. */
  readonly stepsIn: (text: Y.Text, landing: Landing) => readonly Step[]
  readonly undo: () => void
  readonly redo: () => void
  readonly destroy: () => void
}

type Options = {
  readonly onOwnEdit: () => void
  /** Main's document when `text` is in a branch of it. */
  readonly main: () => Y.Doc | null
  /** What undo took back in the text that this one replaces. */
  readonly steps: readonly Step[]
}

/** Makes the model's text equal to `text` and keeps both equal from now on. The caret of `editor` stays where it is. */
export function bind(
  text: Y.Text,
  model: Monaco.ITextModel,
  editor: Monaco.IStandaloneCodeEditor,
  { onOwnEdit, main, steps }: Options,
): Binding {
  model.setEOL(LF)
  settle(model, text.toString())
  const binding = new MonacoBinding(text, model, new Set([editor]))
  const history = new History(text, binding, main, steps)
  const noticeOwn = (event: Y.YTextEvent): void => {
    if (event.transaction.local) onOwnEdit()
  }
  text.observe(noticeOwn)
  const step = (act: () => unknown): void => {
    const stop = followOwnChange(text, model, editor)
    act()
    stop()
  }
  return {
    stepsIn: (next, landing) => history.stepsIn(next, landing),
    undo: () => step(() => history.undo()),
    redo: () => step(() => history.redo()),
    destroy: () => {
      text.unobserve(noticeOwn)
      history.destroy()
      binding.destroy()
    },
  }
}

/** While an undo runs, puts the caret where it changed the text, as people expect. */
function followOwnChange(
  text: Y.Text,
  model: Monaco.ITextModel,
  editor: Monaco.IStandaloneCodeEditor,
): () => void {
  let end: number | null = null
  const listen = (event: Y.YTextEvent): void => {
    let index = 0
    for (const part of event.delta) {
      if (typeof part.retain === 'number') index += part.retain
      else if (typeof part.insert === 'string') end = index += part.insert.length
      else end = index
    }
  }
  text.observe(listen)
  return () => {
    text.unobserve(listen)
    if (end === null || editor.getModel() !== model) return
    const position = model.getPositionAt(end)
    editor.setPosition(position)
    editor.revealPositionInCenterIfOutsideViewport(position)
  }
}
