/** A change of authority, a sign-out, or the end of an app reaches open connections as soon as the database says so. */
import { decide } from '@relpin/authority/decide.ts'
import type { CollabClaims } from '@relpin/db/collab-token.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { subjectOf } from '@relpin/db/members-authority.ts'
import { areSignedIn } from '@relpin/db/sign-ins.ts'
import { findWorkspace } from '@relpin/db/workspaces.ts'
import type { Authorities } from './authorities.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'
import type { OpenConnections } from './open-connections.ts'

/**
 * Listens until the returned function is called. `forgetWorkspace` is called for one whose app is deleted. What was
 * said while the line to the database was broken is found out when it is back.
 */
export async function listenForRevocations(
  sql: Sql,
  authorities: Authorities,
  connections: OpenConnections,
  forgetWorkspace: (workspaceId: string) => void,
): Promise<() => Promise<void>> {
  const authority = await sql.listen(
    'authority',
    (memberId) => {
      authorities.forget(memberId)
      const cut = connections.cut((claims) => claims.memberId === memberId, 'authority-changed')
      if (cut > 0) log('info', 'access.cut', { memberId, connections: cut })
    },
    () => {
      authorities.forgetAll()
      void recheck(sql, authorities, connections).catch((error: unknown) => {
        // Without the database nothing can be typed either; the next connection to it checks again.
        log('warn', 'access.recheck-failed', { why: reasonOf(error) })
      })
    },
  )
  const signOut = await sql.listen('sign_out', (signIn) => {
    connections.endSignIn(signIn)
  })
  const deleted = await sql.listen('app_deleted', (workspaceId) => {
    forgetWorkspace(workspaceId)
    const cut = connections.cut((claims) => claims.workspaceId === workspaceId, 'app-deleted')
    if (cut > 0) log('info', 'access.cut', { workspaceId, connections: cut })
  })
  return async () => {
    await authority.unlisten()
    await signOut.unlisten()
    await deleted.unlisten()
  }
}

/** Cuts who may not read any more, is signed out, or looks at an app that is gone. */
async function recheck(
  sql: Sql,
  authorities: Authorities,
  connections: OpenConnections,
): Promise<void> {
  const open = connections.open()
  if (open.length === 0) return
  const signedIn = await areSignedIn(sql, [...new Set(open.map(({ signIn }) => signIn))])
  for (const signIn of new Set(open.map((claims) => claims.signIn)))
    if (!signedIn.has(signIn)) connections.endSignIn(signIn)
  const may = new Map<string, boolean>()
  for (const { memberId } of open) {
    if (!may.has(memberId)) may.set(memberId, await mayRead(authorities, memberId))
  }
  const exists = new Map<string, boolean>()
  for (const { workspaceId } of open) {
    if (!exists.has(workspaceId))
      exists.set(workspaceId, (await findWorkspace(sql, workspaceId)) !== null)
  }
  const gone = ({ memberId, workspaceId }: CollabClaims): boolean =>
    may.get(memberId) === false || exists.get(workspaceId) === false
  connections.cut(gone, 'authority-changed')
}

async function mayRead(authorities: Authorities, memberId: string): Promise<boolean> {
  const authority = await authorities.get(memberId)
  if (!authority) return false
  const subject = subjectOf({ kind: 'person', memberId }, authority)
  return decide({ subject, action: 'app.read' }).effect === 'allow'
}
