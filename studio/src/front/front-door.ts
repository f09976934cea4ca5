/** Decides by the host alone whether a request is the studio's or a preview's, before anything of it is looked at. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { kindOfHost, type HostKind } from '../lib/server/preview-host.ts'
import type { PreviewProxy } from './preview-proxy.ts'

type Serve = (request: IncomingMessage, response: ServerResponse) => void
type Upgrade = (request: IncomingMessage, client: Duplex, head: Buffer) => void
type Door = { readonly serve: Serve; readonly upgrade: Upgrade }

export function frontDoor(publicUrl: string, previews: PreviewProxy, studio: Door): Door {
  return {
    serve: (request, response) => {
      const where = destination(request, publicUrl)
      if (where === null) response.writeHead(400, { connection: 'close' }).end()
      else if (where.kind === 'studio') studio.serve(request, response)
      else if (where.kind === 'preview') previews.serve(where.id, request, response)
      else previews.nowhere(response)
    },
    upgrade: (request, client, head) => {
      const where = destination(request, publicUrl)
      if (where?.kind === 'studio') studio.upgrade(request, client, head)
      else if (where?.kind === 'preview') previews.upgrade(where.id, request, client, head)
      else {
        client.on('error', () => client.destroy())
        const status = where ? '404 Not Found' : '400 Bad Request'
        client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      }
    },
  }
}

/** `null` for what names more than one host, or none that could be: a second `Host`, or an address where only a path belongs. */
function destination(request: IncomingMessage, publicUrl: string): HostKind | null {
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name))
  if (hosts.length > 1) return null
  if (request.url !== '*' && !request.url?.startsWith('/')) return null
  // Probes of old clients name none.
  if (hosts.length === 0) return { kind: 'studio' }
  return kindOfHost(request.headers.host, publicUrl)
}
