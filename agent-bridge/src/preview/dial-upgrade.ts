/** Connects the public port with a development server: an upgrade of the internal socket, bytes from there on. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { DIAL_PROTOCOL, type PreviewState } from '@relpin/authority/contracts/preview.ts'
import type { Previews } from './previews.ts'

const PATH = /^\/internal\/previews\/([0-9a-f]{32})\/dial$/
const GONE: PreviewState = {
  phase: 'ended',
  why: 'There is no such preview any more. Open it again in the studio.',
}

/** For `upgrade` of the internal server; `known` is whether the caller brought the service token. */
export function dialUpgrades(
  previews: Previews,
  known: (request: IncomingMessage) => boolean,
): (request: IncomingMessage, caller: Duplex, head: Buffer) => void {
  const serve = async (request: IncomingMessage, caller: Duplex, head: Buffer): Promise<void> => {
    if (!known(request)) {
      refuse(caller, '401 Unauthorized', { phase: 'ended', why: 'The service token is wrong.' })
      return
    }
    const id = PATH.exec(request.url ?? '')?.[1]
    const preview =
      id !== undefined && request.headers.upgrade === DIAL_PROTOCOL && previews.find(id)
    if (!preview) {
      refuse(caller, '404 Not Found', GONE)
      return
    }
    const server = await preview.dial()
    if (!server) {
      refuse(caller, '503 Service Unavailable', preview.state.now)
      return
    }
    caller.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${DIAL_PROTOCOL}\r\n\r\n`,
    )
    if (head.length > 0) server.write(head)
    caller.on('close', () => server.destroy())
    server.on('close', () => caller.destroy())
    server.pipe(caller)
    caller.pipe(server)
  }
  return (request, caller, head) => {
    caller.on('error', () => caller.destroy())
    serve(request, caller, head).catch(() => caller.destroy())
  }
}

function refuse(caller: Duplex, status: string, state: PreviewState): void {
  const body = JSON.stringify(state)
  caller.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
