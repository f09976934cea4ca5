/** What every request of the studio uses: the database, the sign-ins and the two services behind it. */
import { connect, type Sql } from '@relpin/db/connect.ts'
import {
  bridgeSocket,
  collabSocket,
  readServiceConfig,
  type ServiceConfig,
} from '@relpin/db/service-config.ts'
import { internalClient, type InternalClient } from '#lib/server/internal-client.ts'
import { signIns, type SignIns } from '#lib/server/sign-in/lucia.ts'

export type Services = {
  readonly config: ServiceConfig
  readonly sql: Sql
  readonly signIns: SignIns
  readonly collab: InternalClient
  readonly bridge: InternalClient
}

let opened: Services | null = null

/** Opened by the first request rather than on import: a build loads this file without any configuration. */
export function services(): Services {
  opened ??= open(readServiceConfig())
  return opened
}

function open(config: ServiceConfig): Services {
  const sql = connect(config.databaseUrl)
  return {
    config,
    sql,
    signIns: signIns(sql, config.publicUrl.startsWith('https:')),
    collab: internalClient('The collaboration server', collabSocket(config), config.serviceToken),
    bridge: internalClient('The agent bridge', bridgeSocket(config), config.serviceToken),
  }
}
