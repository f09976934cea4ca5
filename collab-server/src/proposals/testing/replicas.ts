/** Editors that stay open through everything: what the server says is merged into what they have, never put in its place. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { latestGeneration } from '@relpin/authority/generations.ts'
import { expect } from 'vitest'
import * as Y from 'yjs'

type Replica = { readonly generation: number; readonly doc: Y.Doc }

export class Replicas {
  readonly #byName = new Map<string, Replica>()

  /** The server acknowledged this: its author has it without hearing of it again. */
  typed(document: string, update: string): void {
    const replica = this.#byName.get(document)
    if (replica) Y.applyUpdate(replica.doc, Buffer.from(update, 'base64'))
  }

  /** What the server has now, merged into what this editor has: it must show just that. */
  follow(document: string, state: string, text: string): void {
    const bytes = Buffer.from(state, 'base64')
    const fresh = new Y.Doc()
    Y.applyUpdate(fresh, bytes)
    const generation = latestGeneration(fresh.store.clients.keys())
    const known = this.#byName.get(document)
    const replica = known?.generation === generation ? known : { generation, doc: fresh }
    this.#byName.set(document, replica)
    Y.applyUpdate(replica.doc, bytes)
    expect(replica.doc.store.pendingStructs, `gaps in ${document}`).toBeNull()
    expect(replica.doc.store.pendingDs, `gaps in ${document}`).toBeNull()
    expect(replica.doc.getText(TEXT_ROOT).toString(), `replica of ${document}`).toBe(text)
    expect(Y.encodeStateVector(replica.doc)).toEqual(Y.encodeStateVector(fresh))
  }
}
