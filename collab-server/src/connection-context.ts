/** What is known of a browser's connection to one document, from its token and never from what it sends. */
import type { CollabClaims } from '@relpin/db/collab-token.ts'

export type ConnectionContext = {
  readonly claims: CollabClaims
  readonly name: string
  readonly hue: number
}
