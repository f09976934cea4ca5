/** Who wrote each character of a file as it is now: its items say which client id, the log says when. */
import type { BlameResponse } from '@relpin/authority/contracts/history.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { RowFacts } from './facts.ts'

/** A visible stretch of one client id's text. */
export type Stretch = { readonly client: number; readonly clock: number; readonly length: number }

/** All of the text, in order. */
export function stretchesOf(doc: Y.Doc): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (let item = doc.getText(TEXT_ROOT)._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue
    stretches.push({ client: item.id.client, clock: item.id.clock, length: item.length })
  }
  return stretches
}

/** Words of one hand within this time are one run: nobody needs to the second when a word was typed. */
const SAME_MS = 60_000

type Run = { length: number; hand: number; at: number }

/** Runs over all of `stretches`; `handOf` gives the index of a client id's hand. */
export function runsOf(
  stretches: readonly Stretch[],
  rows: readonly RowFacts[],
  handOf: (client: number) => number,
): BlameResponse['runs'] {
  const times = timesOf(rows)
  const runs: Run[] = []
  for (const { client, clock, length } of stretches) {
    const hand = handOf(client)
    const end = clock + length
    for (let from = clock; from < end;) {
      const found = times(client, from)
      const to = Math.min(end, found?.to ?? end)
      const at = found?.at ?? rows[0]?.at ?? 0
      const last = runs.at(-1)
      if (last?.hand === hand && Math.abs(last.at - at) <= SAME_MS) last.length += to - from
      else runs.push({ length: to - from, hand, at })
      from = to
    }
  }
  return runs.map((run) => ({ ...run, at: new Date(run.at).toISOString() }))
}

/** When an id came to be there, and up to which clock its neighbours came with it. */
function timesOf(
  rows: readonly RowFacts[],
): (client: number, clock: number) => { readonly at: number; readonly to: number } | null {
  const byClient = new Map<number, { readonly to: number; readonly at: number }[]>()
  // A client's ids come in the order of their clocks.
  for (const row of rows) {
    for (const { client, to } of row.ids) {
      const list = byClient.get(client)
      if (list) list.push({ to, at: row.at })
      else byClient.set(client, [{ to, at: row.at }])
    }
  }
  return (client, clock) => {
    const list = byClient.get(client) ?? []
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((list[middle]?.to ?? 0) > clock) high = middle
      else low = middle + 1
    }
    return list[low] ?? null
  }
}
