/** Who may open which document: a genuine token, for this app, held by somebody who may still read it. */
import type { Connection, Extension } from '@hocuspocus/server'
import { decide } from '@relpin/authority/decide.ts'
import { parseDocumentName } from '@relpin/authority/document-names.ts'
import { readCollabToken, type CollabClaims } from '@relpin/db/collab-token.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { subjectOf } from '@relpin/db/members-authority.ts'
import { areSignedIn } from '@relpin/db/sign-ins.ts'
import { findWorkspaceOfFile } from '@relpin/db/workspaces.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'
import type { Authorities } from './authorities.ts'
import type { ConnectionContext, SocketContext } from './connection-context.ts'
import type { MemberSockets } from './member-sockets.ts'
import type { OpenConnections } from './open-connections.ts'
import type { GuardedSocket } from './socket-guard.ts'
import type { WorkspaceStates } from './workspace-states.ts'

/** Hocuspocus sends `reason` to the client; the message is empty so that an expected refusal is not logged as an error. */
class NotAllowed extends Error {
  readonly reason: string
  constructor(reason: string) {
    super('')
    this.reason = reason
  }
}

export function authenticate(dependencies: {
  readonly sql: Sql
  readonly serviceToken: string
  readonly authorities: Authorities
  readonly workspaces: WorkspaceStates
  readonly connections: OpenConnections
  readonly memberSockets: MemberSockets
}): Extension<ConnectionContext> {
  const { sql, serviceToken, authorities, workspaces, connections, memberSockets } = dependencies

  const admitted = async (
    token: string,
    documentName: string,
    socket: GuardedSocket,
  ): Promise<{ readonly context: ConnectionContext; readonly readOnly: boolean }> => {
    const claimed = readCollabToken(token, serviceToken)
    if (!claimed || connections.hasEnded(claimed)) throw new NotAllowed('token-expired')
    // A sign-out that nobody here heard of, because it came before this process, counts as well.
    const [workspaceId, signedIn] = await Promise.all([
      workspaceOf(sql, documentName),
      areSignedIn(sql, [claimed.signIn]),
    ])
    if (!signedIn.has(claimed.signIn)) throw new NotAllowed('token-expired')
    if (workspaceId !== claimed.workspaceId || !isFor(claimed, documentName))
      throw new NotAllowed('not-found')
    const authority = await authorities.get(claimed.memberId)
    if (!authority) throw new NotAllowed('member-removed')
    const actor = { kind: 'person', memberId: claimed.memberId } as const
    const subject = subjectOf(actor, authority)
    if (decide({ subject, action: 'app.read' }).effect !== 'allow')
      throw new NotAllowed('not-allowed')
    const state = await workspaces.open(workspaceId)
    if (!state) throw new NotAllowed('not-found')
    if (!memberSockets.admits(claimed.memberId, socket))
      throw new NotAllowed('too-many-connections')
    // The same words as everybody's, in memory once: there are many connections.
    const claims = { ...claimed, memberId: authority.memberId, workspaceId: state.workspace.id }
    const write = decide({
      subject,
      action: 'file.write',
      pathClass: 'source',
      proposeFirst: false,
    })
    return {
      context: { socket, claims, name: authority.name, hue: authority.hue },
      readOnly: documentName.startsWith('tree/') || write.effect === 'deny',
    }
  }

  return {
    extensionName: 'authenticate',
    priority: 1000,
    onAuthenticate: async ({
      token,
      documentName,
      connectionConfig,
      context,
    }): Promise<ConnectionContext> => {
      // Every connection has one since its socket was accepted.
      const { socket } = context as SocketContext
      try {
        const { context: known, readOnly } = await admitted(token, documentName, socket)
        // Only tells the client what to show; every update is judged by itself.
        connectionConfig.readOnly = readOnly
        return known
      } catch (error) {
        if (error instanceof NotAllowed) {
          socket.notOpened()
          throw error
        }
        // The database is away, or the home is elsewhere: nothing is said of what this person may do.
        log('warn', 'opening.failed', { doc: documentName, why: reasonOf(error) })
        socket.close(1013, 'try-again')
        throw new NotAllowed('try-again')
      }
    },
    connected: async ({ connection, context }) => {
      const { claims, socket } = context
      connections.add(claims, connection as Connection, socket)
      socket.opened(connection as Connection)
      connection.onClose(() => {
        socket.left(connection as Connection)
        connections.remove(connection as Connection, socket)
      })
      // What was revoked while the document loaded found no connection to cut.
      const authority = await authorities.get(claims.memberId)
      const subject =
        authority && subjectOf({ kind: 'person', memberId: claims.memberId }, authority)
      const may = subject && decide({ subject, action: 'app.read' }).effect === 'allow'
      if (!may || connections.hasEnded(claims)) {
        connections.cut((one) => one === claims, 'authority-changed')
      }
    },
    // Closes by itself: Hocuspocus writes what is thrown here into the log, as often as somebody sends a bad token.
    onTokenSync: async ({ token, context, connection }) => {
      const claims = readCollabToken(token, serviceToken)
      const same =
        claims?.memberId === context.claims.memberId &&
        claims.workspaceId === context.claims.workspaceId &&
        claims.fileId === context.claims.fileId
      if (!claims || !same || connections.hasEnded(claims)) {
        connection.close({ code: 4401, reason: 'token-expired' })
        return
      }
      connections.renew(claims, connection as Connection)
    },
  }
}

function isFor({ fileId }: CollabClaims, documentName: string): boolean {
  const id = parseDocumentName(documentName)
  return fileId === undefined || (id !== null && id.kind !== 'tree' && id.fileId === fileId)
}

async function workspaceOf(sql: Sql, documentName: string): Promise<string | null> {
  const id = parseDocumentName(documentName)
  if (!id) return null
  return id.kind === 'tree' ? id.workspaceId : findWorkspaceOfFile(sql, id.fileId)
}
