/** A change of role or membership, or a sign-out, reaches open connections as soon as the database says so. */
import type { Sql } from '@relpin/db/connect.ts'
import type { Authorities } from './authorities.ts'
import { log } from './log.ts'
import type { OpenConnections } from './open-connections.ts'

/** Listens until the returned function is called. After a lost connection everything is read afresh. */
export async function listenForRevocations(
  sql: Sql,
  authorities: Authorities,
  connections: OpenConnections,
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
    },
  )
  const signOut = await sql.listen('sign_out', (signIn) => {
    connections.endSignIn(signIn)
  })
  return async () => {
    await authority.unlisten()
    await signOut.unlisten()
  }
}
