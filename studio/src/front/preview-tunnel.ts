/** A connection to the development server of a preview, by way of agent-bridge. */
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Duplex } from 'node:stream'
import { DIAL_PROTOCOL, type PreviewState } from '@relpin/authority/contracts/preview.ts'

export type Tunnel =
  | { readonly open: true; readonly connection: Duplex }
  | { readonly open: false; readonly status: 404 | 503; readonly state: PreviewState }

export type OpenTunnel = (id: string) => Promise<Tunnel>

const TIMEOUT_MS = 10_000
const AWAY: Tunnel = {
  open: false,
  status: 503,
  state: {
    phase: 'ended',
    why: 'The agent bridge does not answer just now. Try again in a moment.',
  },
}

/** Never rejects: what cannot be reached is told as a state. */
export function previewTunnels(bridgeSocket: string, serviceToken: string): OpenTunnel {
  return (id) =>
    new Promise((resolve) => {
      const call = request({
        socketPath: bridgeSocket,
        path: `/internal/previews/${id}/dial`,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: {
          authorization: `Bearer ${serviceToken}`,
          connection: 'Upgrade',
          upgrade: DIAL_PROTOCOL,
        },
      })
      call.on('upgrade', (_answer, connection, head) => {
        connection.setTimeout(0)
        connection.on('error', () => connection.destroy())
        if (head.length > 0) connection.unshift(head)
        resolve({ open: true, connection })
      })
      call.on('response', (answer) => {
        const status = answer.statusCode === 404 ? 404 : 503
        json(answer).then(
          (state) => resolve({ open: false, status, state: state as PreviewState }),
          () => resolve(AWAY),
        )
      })
      call.on('timeout', () => call.destroy(new Error('no answer in time')))
      call.on('error', () => resolve(AWAY))
      call.end()
    })
}
