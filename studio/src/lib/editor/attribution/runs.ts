/** Who wrote what is in a `Y.Text`: its visible characters as runs of one Yjs client id, read off the items themselves. */
import * as Y from 'yjs'

export type Run = {
  readonly client: number
  readonly text: string
  /** The text is not in main yet. */
  readonly pending: boolean
}

/**
 * In the order of the text, covering all of it; neighbours of one client and state are one run. `shared` is main's
 * document when `text` is in a branch of it: what main does not hold is pending there.
 */
export function runsOf(text: Y.Text, shared: Y.Doc | null = null): Run[] {
  const runs: { client: number; text: string; pending: boolean }[] = []
  let last: (typeof runs)[number] | undefined
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue
    const { client, clock } = item.id
    const pieces = split(item.content.str, known(shared, client) - clock, shared !== null)
    for (const piece of pieces) {
      if (last && last.client === client && last.pending === piece.pending) last.text += piece.text
      else runs.push((last = { client, ...piece }))
    }
  }
  return runs
}

const known = (doc: Y.Doc | null, client: number): number =>
  doc ? Y.getState(doc.store, client) : 0

/** Main may hold the beginning of an item that has grown since. */
function split(
  text: string,
  inMain: number,
  branch: boolean,
): readonly { readonly text: string; readonly pending: boolean }[] {
  if (!branch || inMain >= text.length) return [{ text, pending: false }]
  if (inMain <= 0) return [{ text, pending: true }]
  return [
    { text: text.slice(0, inMain), pending: false },
    { text: text.slice(inMain), pending: true },
  ]
}

/** The run that holds the character at `offset` (UTF-16 units), and where the run begins; `null` past the end. */
export function runAt(
  runs: readonly Run[],
  offset: number,
): { readonly run: Run; readonly start: number } | null {
  let start = 0
  for (const run of runs) {
    if (offset < start + run.text.length) return { run, start }
    start += run.text.length
  }
  return null
}
