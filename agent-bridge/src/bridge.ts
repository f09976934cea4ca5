/** Puts the bridge together: gateway, sessions and releases behind one internal socket. */
import { timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { connect, type Sql } from '@relpin/db/connect.ts'
import { bridgeSocket, collabSocket, type ServiceConfig } from '@relpin/db/service-config.ts'
import { keysFolder, MasterKeys } from '@relpin/db/vault/master-keys.ts'
import { sealAnew } from '@relpin/db/vault/rotate.ts'
import type { CapsuleDriver } from './capsules/driver.ts'
import { sha256 } from './capsules/listener.ts'
import { metered, runtimeMeter } from './capsules/runtime-meter.ts'
import { collabClient } from './collab-client.ts'
import type { BridgeContext, BridgeRoute } from './context.ts'
import { readModelHosts } from './gateway/allowed-hosts.ts'
import { openEgress } from './gateway/egress.ts'
import { Gateway } from './gateway/gateway.ts'
import { modelError } from './gateway/provider-errors.ts'
import { gatewayRoutes } from './gateway/routes.ts'
import { json, problem } from '@relpin/db/http/responses.ts'
import { dispatch } from '@relpin/db/http/router.ts'
import { httpServer } from '@relpin/db/http/server.ts'
import { log, logBug } from './log.ts'
import { runRoutes } from './runs/routes.ts'
import { Runs } from './runs/runs.ts'
import { dialUpgrades } from './preview/dial-upgrade.ts'
import { Previews } from './preview/previews.ts'
import { previewRoutes } from './preview/routes.ts'
import { packageRegistry } from './shell/registry.ts'
import { Shells } from './shell/shells.ts'
import { releaseRoutes } from './releases/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { capsulesFor, Sessions } from './sessions/sessions.ts'

export type Bridge = { readonly stop: () => Promise<void> }

const IDLE_MINUTES = 15
const NO_TURN = 'Nothing was asked: no turn runs in this session.'

/** Resolves when the socket listens. Throws a sentence when something that it needs is not there. */
export async function startBridge(
  config: ServiceConfig,
  plainDriver: CapsuleDriver,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Bridge> {
  const sql = connect(config.databaseUrl)
  const meter = runtimeMeter(sql, logBug)
  const driver = metered(plainDriver, meter)
  const collab = collabClient(collabSocket(config), config.serviceToken)
  const keys = new MasterKeys(keysFolder(config.dataFolder, env))
  // Made at the first start, so that it can be copied to other nodes, and a damaged one is told at once.
  await keys.newest()
  await sealAnew(sql, keys)
  const hosts = readModelHosts(env)
  const egress = openEgress(hosts)
  const gateway = new Gateway({ sql, keys, hosts, egress, onBug: logBug })
  const registry = packageRegistry(env)
  const shells = new Shells({
    sql,
    driver,
    registry,
    onBug: logBug,
    ...(positive(env['RELPIN_MAX_SHELLS']) === null
      ? {}
      : { max: positive(env['RELPIN_MAX_SHELLS']) ?? 1 }),
  })
  const sessions: Sessions = new Sessions({
    sql,
    collab,
    driver,
    shells,
    model: (sessionId, protocol, call) =>
      sessions.working(sessionId)
        ? gateway.call(protocol, sessionId, call)
        : Promise.resolve(modelError(protocol, 403, NO_TURN)),
    onBug: logBug,
    maxCapsules: positive(env['RELPIN_MAX_CAPSULES']) ?? capsulesFor(),
    idleMs: (positive(env['RELPIN_CAPSULE_IDLE_MINUTES']) ?? IDLE_MINUTES) * 60_000,
  })
  const reaped = await driver.reap()
  const recovered = await sessions.recover()
  const context: BridgeContext = { sql, collab, config }
  const runs = new Runs({ sql, collab, shells, onBug: logBug })
  const previews = new Previews({
    sql,
    collab,
    driver,
    registry,
    publicUrl: config.publicUrl,
    onBug: logBug,
    ...(positive(env['RELPIN_MAX_PREVIEWS']) === null
      ? {}
      : { max: positive(env['RELPIN_MAX_PREVIEWS']) ?? 1 }),
  })
  const routes = [
    healthRoute(sql),
    ...sessionRoutes(sessions),
    ...gatewayRoutes({ gateway, keys, hosts }),
    ...releaseRoutes,
    ...runRoutes(runs, shells),
    ...previewRoutes(previews),
  ]
  const server = await listen(config, routes, context, previews)
  const { isolated, limit } = await driver.can()
  log('info', 'listening', { recovered, reaped, driver: driver.kind, isolated, limit })
  return {
    stop: async () => {
      server.close()
      await sessions.shutDown()
      await Promise.all([shells.shutDown(), previews.shutDown()])
      registry.close()
      await driver.close()
      await gateway.settled()
      egress.close()
      await meter.close()
      server.closeAllConnections()
      await sql.end({ timeout: 2 })
    },
  }
}

function healthRoute(sql: Sql): BridgeRoute {
  return {
    method: 'GET',
    path: '/healthz',
    handle: async () => {
      await sql`select 1`
      return json({ status: 'ok' })
    },
  }
}

async function listen(
  config: ServiceConfig,
  routes: readonly BridgeRoute[],
  context: BridgeContext,
  previews: Previews,
): Promise<ReturnType<typeof httpServer>> {
  const wanted = sha256(`Bearer ${config.serviceToken}`)
  // Compared as digests, so that neither length nor content takes a different time.
  const isKnown = (given: string | string[] | undefined): boolean =>
    typeof given === 'string' && timingSafeEqual(sha256(given), wanted)
  const server = httpServer((method, url, call) => {
    return isKnown(call.headers.authorization) || url.pathname === '/healthz'
      ? dispatch(routes, context, method, url, call, logBug)
      : Promise.resolve(problem(401, 'Unauthorized', 'The service token is missing or wrong.'))
  }, logBug)
  server.on(
    'upgrade',
    dialUpgrades(previews, ({ headers }) => isKnown(headers.authorization)),
  )
  await mkdir(config.runFolder, { recursive: true, mode: 0o700 })
  const path = bridgeSocket(config)
  // A former bridge that was killed leaves its socket behind.
  await rm(path, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return server
}

function positive(text: string | undefined): number | null {
  const value = Number(text)
  return Number.isFinite(value) && value > 0 ? value : null
}
