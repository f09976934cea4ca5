/** What is known of a browser's connection to one document, from its token and never from what it sends. */
import type { CollabClaims } from '@relpin/db/collab-token.ts'
import type { GuardedSocket } from './socket-guard.ts'

/** What every connection has from its socket, before anybody is known. */
export type SocketContext = { readonly socket: GuardedSocket }

export type ConnectionContext = SocketContext & {
  readonly claims: CollabClaims
  readonly name: string
  readonly hue: number
}
