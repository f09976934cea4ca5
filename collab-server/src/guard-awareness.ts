/** Presence cannot lie: the server writes who it is, and a connection speaks for its own cursor only. */
import type { Connection, Extension } from '@hocuspocus/server'
import type { ConnectionContext } from './connection-context.ts'

export function guardAwareness(): Extension<ConnectionContext> {
  /** Which connection used an awareness client id first, in each document. */
  const owners = new Map<string, Map<number, Connection>>()
  return {
    extensionName: 'guard-awareness',
    beforeHandleAwareness: async ({ states, connection, context, documentName }) => {
      if (!connection || !context) return
      const inDocument = owners.get(documentName) ?? new Map<number, Connection>()
      owners.set(documentName, inDocument)
      // The tree stays in memory for good: who left is forgotten when somebody new comes.
      const isNew = [...states.keys()].some((clientId) => !inDocument.has(clientId))
      if (isNew) for (const [id, one] of inDocument) if (!isOpen(one)) inDocument.delete(id)
      for (const [clientId, state] of states) {
        const owner = inDocument.get(clientId)
        if (owner && owner !== connection && isOpen(owner)) {
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
