/** What every route of the internal API may use. */
import type { ServiceConfig } from '@relpin/db/service-config.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { Route } from '@relpin/db/http/router.ts'
import type { CollabClient } from './collab-client.ts'

export type BridgeContext = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly config: ServiceConfig
}

export type BridgeRoute = Route<BridgeContext>
