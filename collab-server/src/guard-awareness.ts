/** Presence cannot lie: the server writes who it is, and a connection speaks for its own cursor only. */
import type { Connection, Document, Extension } from '@hocuspocus/server'
import type { ConnectionContext } from './connection-context.ts'
import type { LiveDocuments } from './live-documents.ts'

/** An editor has one cursor in a document; its client may begin anew once. */
const MAX_CURSORS = 2

export function guardAwareness(documents: LiveDocuments): Extension<ConnectionContext> {
  /** Which connection used an awareness client id first, in each document. */
  const owners = new Map<string, Map<number, Connection>>()
  return {
    extensionName: 'guard-awareness',
    beforeHandleAwareness: async ({ states, connection, context, document, documentName }) => {
      if (!connection || !context) return
      // Hocuspocus reads the message into a presence of its own, which is the first in it and would be told to everybody.
      const [scratch] = states.keys()
      if (scratch !== undefined) states.delete(scratch)
      const inDocument = owners.get(documentName) ?? new Map<number, Connection>()
      owners.set(documentName, inDocument)
      // The tree stays in memory for good: who left is forgotten when somebody new comes.
      const isNew = [...states.keys()].some((clientId) => !inDocument.has(clientId))
      if (isNew) for (const [id, one] of inDocument) if (!isOpen(one)) inDocument.delete(id)
      const bindings = documents.of(document as Document)?.bindings
      /** An id under which somebody typed stays theirs, also while they are away. */
      const isAnothers = (clientId: number): boolean => {
        const bound = bindings?.get(clientId)?.memberId ?? context.claims.memberId
        return bound !== context.claims.memberId
      }
      for (const [clientId, state] of states) {
        const owner = inDocument.get(clientId)
        const isMine = owner === connection
        const mayClaim = (): boolean =>
          !(owner && isOpen(owner)) &&
          !isAnothers(clientId) &&
          cursorsOf(inDocument, connection as Connection) < MAX_CURSORS
        if (!isMine && !mayClaim()) {
          states.delete(clientId)
          continue
        }
        inDocument.set(clientId, connection as Connection)
        state['user'] = {
          id: context.claims.memberId,
          name: context.name,
          hue: context.hue,
          kind: 'person',
        }
      }
    },
    afterUnloadDocument: async ({ documentName }) => {
      owners.delete(documentName)
    },
  }
}

const isOpen = (connection: Connection): boolean => connection.document.hasConnection(connection)

function cursorsOf(inDocument: ReadonlyMap<number, Connection>, connection: Connection): number {
  let count = 0
  for (const one of inDocument.values()) if (one === connection) count += 1
  return count
}
