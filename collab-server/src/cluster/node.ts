/** Which node this process is, and how nodes name the places where they reach each other. */
import type { Node } from '@relpin/db/leases.ts'
import { collabSocket, type ServiceConfig } from '@relpin/db/service-config.ts'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

export type Place =
  { readonly socketPath: string } | { readonly host: string; readonly port: number }

/** Set on what a node passes on: whoever gets it serves it or says no, and never passes it on again. */
export const FORWARDED = 'x-relpin-forwarded'

/**
 * `RELPIN_NODE` names the machine or container (its host name unless told), `RELPIN_NODE_URL` is where the other nodes
 * reach this one, such as `http://10.0.0.3:7070`; without it only nodes of the same machine do, over the unix socket.
 */
export function readNode(
  config: Pick<ServiceConfig, 'runFolder'>,
  env: NodeJS.ProcessEnv = process.env,
): Node {
  const address = env['RELPIN_NODE_URL'] || `unix:${collabSocket(config)}`
  if (!placeOf(address)) {
    throw new Error(
      `RELPIN_NODE_URL must be an address such as http://10.0.0.3:7070, not "${address}".`,
    )
  }
  return { name: env['RELPIN_NODE'] || hostname(), incarnation: randomUUID(), address }
}

/** `null` for what is no address of a node. */
export function placeOf(address: string): Place | null {
  if (address.startsWith('unix:/')) return { socketPath: address.slice('unix:'.length) }
  const url = URL.parse(address)
  if (!url || url.protocol !== 'http:' || url.pathname !== '/') return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }
}
