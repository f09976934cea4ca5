/** A peer that really applies what comes, and notes when each keystroke of each typist has arrived. */
import * as Y from 'yjs'
import { join } from './join.ts'
import type { RawClient } from './raw-client.ts'
import type { Running } from './subjects.ts'

/** Called for the letters `from` to `to` of a typist, when the peer's document has them. */
export type Seen = (clientId: number, from: number, to: number) => void

export class Watcher {
  readonly client: RawClient
  readonly doc: Y.Doc
  readonly #known = new Map<number, number>()

  private constructor(client: RawClient, doc: Y.Doc) {
    this.client = client
    this.doc = doc
  }

  static async open(
    running: Running,
    document: string,
    person: number,
    seen: Seen,
  ): Promise<Watcher> {
    const doc = new Y.Doc()
    const { client, state } = await join(running, document, person)
    for (const update of state) Y.applyUpdate(doc, update)
    const watcher = new Watcher(client, doc)
    doc.on('afterTransaction', ({ afterState }: Y.Transaction) => {
      watcher.#notice(afterState, seen)
    })
    client.onMessage((message) => {
      const incoming = running.protocol.read(message)
      if (incoming) Y.applyUpdate(doc, incoming.bytes)
    })
    return watcher
  }

  #notice(states: ReadonlyMap<number, number>, seen: Seen): void {
    for (const [clientId, clock] of states) {
      const before = this.#known.get(clientId) ?? 0
      if (clock <= before) continue
      this.#known.set(clientId, clock)
      seen(clientId, before, clock)
    }
  }
}
