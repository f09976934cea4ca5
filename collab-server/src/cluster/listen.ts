/** Where a node is reached: its unix socket for the services beside it, and its address for the other nodes. */
import { dispatch, type Call } from '@relpin/db/http/router.ts'
import { httpServer, parseText, type Answer } from '@relpin/db/http/server.ts'
import { json, problem } from '@relpin/db/http/responses.ts'
import { createHash, timingSafeEqual } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { internalRoutes } from '../internal-routes.ts'
import { log } from '../log.ts'
import type { InternalContext } from '../route-parts.ts'
import { answerCommand, type Command } from './commands.ts'
import { Locator } from './locate.ts'
import { placeOf } from './node.ts'
import { SocketRouter, type Accept } from './sockets.ts'

type Listening = {
  /** Nothing new is let in; what is under way goes on. */
  readonly close: () => void
}

/** Listens on `socketPath`, and on the node's address when that is one of the network. */
export async function listen(
  context: InternalContext,
  options: { readonly socketPath: string; readonly token: string; readonly accept: Accept },
): Promise<Listening> {
  const { home, sql } = context
  const { socketPath, token, accept } = options
  const locator = new Locator(sql, home)
  const node = home.node.name
  const serve = ({ path, body, request, signal }: Command): Promise<Response> => {
    const call: Omit<Call, 'params' | 'query'> = {
      headers: request.headers,
      signal,
      body: (schema) => Promise.resolve().then(() => parseText(body.toString('utf8'), schema)),
    }
    const url = new URL(path, 'http://collab')
    return dispatch(internalRoutes, context, request.method ?? 'GET', url, call, log.bug)
  }
  const answer: Answer = (_method, url, { signal }, request) => {
    if (url.pathname === '/healthz') {
      return Promise.resolve(json({ ok: !home.draining, node }, home.draining ? 503 : 200))
    }
    if (!isService(request.headers.authorization, token)) {
      return Promise.resolve(
        problem(401, 'Not a service', 'This address is for the services of the product.'),
      )
    }
    const path = `${url.pathname}${url.search}`
    return answerCommand({ locator, token, node, serve }, path, request, signal)
  }
  const isDraining = (): boolean => home.draining
  const router = new SocketRouter({ locator, token, node, accept, isDraining })
  const local = httpServer(answer, log.bug)
  local.on('upgrade', router.route.bind(router))
  await rm(socketPath, { force: true })
  await started(local, { path: socketPath })
  const servers = [local]
  const place = placeOf(home.node.address)
  if (place && 'host' in place) {
    const network = httpServer(answer, log.bug)
    network.on('upgrade', (request, socket, head) => {
      // Only nodes come this way; browsers come through the studio, which is beside each of them.
      if (isService(request.headers.authorization, token)) router.route(request, socket, head)
      else socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    })
    // Behind an address translation a node cannot listen at the address that others see.
    await started(network, {
      host: process.env['RELPIN_NODE_HOST'] || place.host,
      port: place.port,
    })
    servers.push(network)
  }
  return {
    close: () => {
      for (const server of servers) server.close()
      router.stop()
    },
  }
}

function started(
  server: Server,
  where: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isService(header: string | undefined, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(header ?? ''), hash(`Bearer ${token}`))
}
