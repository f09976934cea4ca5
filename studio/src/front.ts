/** The one public port: pages and API by SvelteKit, the live documents' WebSocket to collab-server, previews on hosts of their own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { bridgeSocket, collabSocket, readServiceConfig } from '@relpin/db/service-config.ts'
import { collabUpgrades } from './front/collab-upgrade.ts'
import { previewProxy } from './front/preview-proxy.ts'
import { previewTunnels } from './front/preview-tunnel.ts'
import { frontDoor } from './front/front-door.ts'
import {
  answerProblem,
  HOST_HEADER,
  MAX_UPLOAD_BYTES,
  nameTrueAddress,
  protect,
  PROTOCOL_HEADER,
  refuseBody,
} from './front/request-rules.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** What is still going on when the studio stops may end by itself for this long. */
const GRACE_MS = 1_500

const log = (message: string, more: Record<string, unknown> = {}): void => {
  const line = { at: new Date().toISOString(), service: 'studio', message, ...more }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

const config = readServiceConfig()
const handler = await loadHandler()
const upgrades = collabUpgrades(collabSocket(config), config.publicUrl)
const previews = previewProxy(
  previewTunnels(bridgeSocket(config), config.serviceToken),
  config.publicUrl,
)

/** How often it is looked for requests that never come to their end. */
const LOOK_EVERY_MS = 5_000

const door = frontDoor(config.publicUrl, previews, {
  serve: (request, response) => {
    protect(request, response, config.publicUrl)
    const refusal = refuseBody(request)
    if (refusal) {
      answerProblem(response, refusal)
      return
    }
    nameTrueAddress(request, config.publicUrl)
    handler(request, response, () => {
      response.writeHead(404).end()
    })
  },
  upgrade: upgrades.accept,
})
const server = createServer({ connectionsCheckingInterval: LOOK_EVERY_MS }, door.serve)
server.headersTimeout = 15_000
server.requestTimeout = 300_000
server.keepAliveTimeout = 65_000
server.on('upgrade', door.upgrade)
server.on('clientError', (_error, socket) => {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
})
server.on('error', (error) => {
  log('The public port cannot be opened.', { port: config.port, why: error.message })
  process.exit(1)
})

const host = process.env['HOST'] ?? '127.0.0.1'
server.listen(config.port, host, () => {
  log('listening', { host, port: config.port, url: config.publicUrl })
  process.send?.({ type: 'ready' })
})

let stopping = false
function stop(): void {
  if (stopping) return
  stopping = true
  upgrades.end()
  previews.end()
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => {
    server.closeAllConnections()
    process.exit(0)
  }, GRACE_MS)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// The launcher is gone: nobody would stop us any more.
process.on('disconnect', stop)

/** SvelteKit's handler reads its settings from the environment when it is loaded, so they are set first. */
async function loadHandler(): Promise<Handler> {
  process.env['BODY_SIZE_LIMIT'] = String(MAX_UPLOAD_BYTES)
  process.env['PROTOCOL_HEADER'] = PROTOCOL_HEADER
  process.env['HOST_HEADER'] = HOST_HEADER
  // Behind proxies of one's own, the address of a client is what the outermost of them wrote down.
  const proxies = process.env['RELPIN_TRUSTED_PROXIES']
  if (proxies) {
    process.env['ADDRESS_HEADER'] = 'x-forwarded-for'
    process.env['XFF_DEPTH'] = proxies
  }
  const built = new URL('../build/handler.js', import.meta.url)
  const module = (await import(built.href)) as { readonly handler: Handler }
  return module.handler
}
