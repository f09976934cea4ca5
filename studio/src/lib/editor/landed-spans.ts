/** Where a transaction has put text into a `Y.Text`, by whose client id. */
import type * as Y from 'yjs'

export type Span = {
  readonly client: number
  /** UTF-16 offsets in the text as it is after the transaction. */
  readonly from: number
  readonly to: number
}

/** Only of the client ids that are `wanted`; nothing when the text was empty before, because then it was only loaded. */
export function landedSpans(
  text: Y.Text,
  event: Y.YTextEvent,
  wanted: (client: number) => boolean,
): Span[] {
  const { beforeState, afterState } = event.transaction
  const written = [...afterState].some(
    ([client, clock]) => clock > (beforeState.get(client) ?? 0) && wanted(client),
  )
  if (!written) return []
  const spans: { client: number; from: number; to: number }[] = []
  let at = 0
  let kept = 0
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue
    const { client } = item.id
    const from = at
    at += item.length
    if (!event.adds(item)) kept += item.length
    else if (wanted(client)) {
      const last = spans.at(-1)
      if (last && last.client === client && last.to === from) last.to = at
      else spans.push({ client, from, to: at })
    }
  }
  const loaded = kept === 0 && event.delta.every((part) => part.delete === undefined)
  return loaded ? [] : spans
}
