/** In which order the pieces of an update can enter a document, found in a time that grows with their number only. */
import * as Y from 'yjs'
import type { Struct } from './read-update.ts'

type Queue = { readonly structs: readonly Struct[]; next: number }

/**
 * Each piece after its client's former ones and after what it stands next to; `null` when there is no such order. A
 * piece beside itself or beside a later one makes Yjs throw or wait for ever, whenever the document is loaded.
 * `structs` are grouped by client, in the order of their clocks, as Yjs decodes them.
 */
export function integrationOrder(doc: Y.Doc, structs: readonly Struct[]): readonly Struct[] | null {
  const [first] = structs
  if (structs.length === 1 && first)
    return needOf(first, (client) => Y.getState(doc.store, client)) ? null : structs
  const states = new Map<number, number>()
  const stateOf = (client: number): number => states.get(client) ?? Y.getState(doc.store, client)
  const queues = queuesOf(structs)
  /** Who waits until a client has come to a clock. */
  const waiting = new Map<number, { readonly clock: number; readonly who: number }[]>()
  const order: Struct[] = []

  const runnable = [...queues.keys()]
  for (let who = runnable.pop(); who !== undefined; who = runnable.pop()) {
    const queue = queues.get(who) as Queue
    let need: Need | null = null
    for (; queue.next < queue.structs.length && !need;) {
      const struct = queue.structs[queue.next] as Struct
      need = needOf(struct, stateOf)
      if (need) break
      // What the document has already is looked at as well: Yjs does so before it finds it known.
      states.set(who, Math.max(stateOf(who), struct.id.clock + struct.length))
      order.push(struct)
      queue.next += 1
    }
    if (need) {
      if (need.client === who) return null
      const others = waiting.get(need.client) ?? []
      others.push({ clock: need.clock, who })
      waiting.set(need.client, others)
    }
    const state = stateOf(who)
    const wake = waiting.get(who)?.filter(({ clock }) => clock < state) ?? []
    if (wake.length === 0) continue
    waiting.set(
      who,
      (waiting.get(who) ?? []).filter(({ clock }) => clock >= state),
    )
    runnable.push(...wake.map((one) => one.who))
  }
  return order.length === structs.length ? order : null
}

type Need = { readonly client: number; readonly clock: number }

/** What has to be there before this piece and is not; `null` when it may enter. */
function needOf(struct: Struct, stateOf: (client: number) => number): Need | null {
  const { client, clock } = struct.id
  if (clock > stateOf(client)) return { client, clock: clock - 1 }
  if (!(struct instanceof Y.Item)) return null
  for (const id of [struct.origin, struct.rightOrigin])
    if (id && id.clock >= stateOf(id.client)) return id
  return null
}

function queuesOf(structs: readonly Struct[]): Map<number, Queue> {
  const byClient = new Map<number, Struct[]>()
  for (const struct of structs) {
    const own = byClient.get(struct.id.client)
    if (own) own.push(struct)
    else byClient.set(struct.id.client, [struct])
  }
  return new Map([...byClient].map(([client, own]) => [client, { structs: own, next: 0 }]))
}
