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
  const add = (client: number, piece: string, pending: boolean): void => {
    if (last && last.client === client && last.pending === pending) last.text += piece
    else runs.push((last = { client, text: piece, pending }))
  }
  // Runs at every frame while somebody types, over each item of the file: no object is made for an item.
  for (let item = text._start; item !== null; item = item.right) {
    const { content } = item
    if (item.deleted || !(content instanceof Y.ContentString)) continue
    const { client, clock } = item.id
    const inMain = shared ? Y.getState(shared.store, client) - clock : Infinity
    if (inMain >= content.str.length) add(client, content.str, false)
    else if (inMain <= 0) add(client, content.str, true)
    else {
      // Main holds the beginning of an item that has grown since.
      add(client, content.str.slice(0, inMain), false)
      add(client, content.str.slice(inMain), true)
    }
  }
  return runs
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
