/** The whole product as one thing: checks, database, studio's build and services, started side by side, stopped in order. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { bridgeSocket, collabSocket } from '../service-config.ts'
import { PlainError } from '../plain-error.ts'
import { checkDataFolder, checkPort } from './checks.ts'
import { type DataLock, lockDataFolder } from './data-lock.ts'
import { type ProductDatabase, openDatabase } from './database.ts'
import { type LaunchConfig, ROOT, serviceEnvironment } from './launch-config.ts'
import { type Say, seconds } from './say.ts'
import { type Service, type ServiceSpec, superviseService } from './supervisor.ts'
import { ensureStudioBuilt } from './studio-build.ts'

export type Product = {
  readonly config: LaunchConfig
  readonly isNew: boolean
  readonly serviceToken: string
  readonly services: ReadonlyMap<string, Service>
}

type ProductService = ServiceSpec & {
  /** What has to be ready before it is started. */
  readonly after: 'database' | 'build'
  /** What it sees instead of the product's settings: no database, no token, no data folder. */
  readonly only?: Readonly<Record<string, string>>
  /** How long it may take to stop, 2.5 s unless told; all of them and the database have 10 s. */
  readonly patienceMs?: number
}

export type ProductParts = {
  /** In the order of their start; they are stopped in the reverse one. */
  readonly services: (runFolder: string) => readonly ProductService[]
  readonly build: (say: Say, logFolder: string, signal: AbortSignal) => Promise<void>
  /** What the user types, for the sentences that say what to do. */
  readonly command: string
}

export const PRODUCT: ProductParts = {
  services: (runFolder) => [
    {
      name: 'collab-server',
      file: join(ROOT, 'collab-server/src/main.ts'),
      socket: collabSocket({ runFolder }),
      after: 'database',
    },
    {
      name: 'agent-bridge',
      file: join(ROOT, 'agent-bridge/src/main.ts'),
      socket: bridgeSocket({ runFolder }),
      // What streams pass through is short-lived: without this, hundreds of them make it grow by what is garbage already.
      nodeArgs: ['--max-semi-space-size=4'],
      after: 'database',
      // It ends the agents' processes first.
      patienceMs: 4_000,
    },
    { name: 'studio', file: join(ROOT, 'studio/src/front.ts'), after: 'build', patienceMs: 2_000 },
  ],
  build: ensureStudioBuilt,
  command: 'npm start',
}

export type RunningProduct = {
  /** Rejects with a `PlainError` when the start fails; everything is stopped then. */
  readonly started: Promise<Product>
  /** Rejects when a running product cannot go on. Never resolves. */
  readonly failed: Promise<never>
  /** In order, within 10 s; also in the middle of a start. Never throws. */
  readonly stop: () => Promise<void>
  /** At once. */
  readonly kill: () => void
}

const SERVICE_PATIENCE_MS = 2_500

export function launchProduct(
  config: LaunchConfig,
  say: Say,
  env: NodeJS.ProcessEnv,
  parts: ProductParts = PRODUCT,
): RunningProduct {
  const abort = new AbortController()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  const services = new Map<string, Service>()
  const patience = new Map<string, number>()
  let lock: DataLock | null = null
  let database: ProductDatabase | null = null
  let runFolder: string | null = null

  const start = async (): Promise<Product> => {
    const logs = join(config.dataFolder, 'logs')
    await checkDataFolder(config.dataFolder)
    lock = await lockDataFolder(config.dataFolder)
    await checkPort(config.port, lock.takenOver ? 5_000 : 0, parts.command)
    await mkdir(logs, { recursive: true, mode: 0o700 })
    runFolder = await makeRunFolder(config.dataFolder)
    abort.signal.throwIfAborted()

    const building = parts.build(say, logs, abort.signal)
    building.catch(() => undefined)
    const began = Date.now()
    if (config.databaseUrl === null) say.progress('Starting the database')
    database = await openDatabase(config, say, abort.signal, (outcome) => {
      if (outcome === 'restarted') say.problem('The database ended unexpectedly and runs again')
      else failure.reject(outcome)
    })
    say.done(`Database ready (${seconds(began)})`)
    abort.signal.throwIfAborted()

    const serviceToken = config.clusterToken ?? randomBytes(32).toString('hex')
    const bareEnv = serviceEnvironment(env)
    const serviceEnv = {
      ...bareEnv,
      DATABASE_URL: database.url,
      RELPIN_RUN: runFolder,
      RELPIN_SERVICE_TOKEN: serviceToken,
      RELPIN_DATA: config.dataFolder,
      RELPIN_URL: config.publicUrl,
      PORT: String(config.port),
    }
    const launch = (spec: ProductService) => {
      if (spec.patienceMs !== undefined) patience.set(spec.name, spec.patienceMs)
      services.set(
        spec.name,
        superviseService(spec, {
          env: spec.only ? { ...bareEnv, ...spec.only } : serviceEnv,
          logFile: join(logs, `${spec.name}.log`),
          onRestart: say.problem,
          onWaiting: say.progress,
          onGivingUp: failure.reject,
        }),
      )
    }
    const specs = parts.services(runFolder)
    specs.filter((spec) => spec.after === 'database').forEach(launch)
    await Promise.race([building, failure.promise])
    abort.signal.throwIfAborted()
    specs.filter((spec) => spec.after === 'build').forEach(launch)
    await Promise.all([...services.values()].map((service) => service.ready))
    return { config, isNew: database.isNew, serviceToken, services }
  }

  let stopping: Promise<void> | null = null
  const started = start()
  const stop = (): Promise<void> => (stopping ??= stopAll())
  const stopAll = async (): Promise<void> => {
    abort.abort(new PlainError('Stopped.'))
    for (const [name, service] of [...services].reverse()) {
      await service.stop(patience.get(name) ?? SERVICE_PATIENCE_MS)
    }
    await started.catch(() => undefined)
    // A start that was in the middle of things may have launched more before it saw the end.
    for (const service of [...services.values()].reverse()) await service.stop(0)
    await database?.stop()
    if (runFolder) await rm(runFolder, { recursive: true, force: true })
    await lock?.release()
  }
  return {
    started: started.catch(async (error: unknown) => {
      await stop()
      throw error
    }),
    failed: failure.promise,
    stop,
    kill: () => {
      for (const service of services.values()) service.kill()
      database?.kill()
    },
  }
}

const RUN_PREFIX = 'relpin-run-'

/** Private, and short: the path of a unix socket may have 107 bytes. What a killed product left is removed. */
async function makeRunFolder(dataFolder: string): Promise<string> {
  const note = join(dataFolder, 'run-folder')
  const last = await readFile(note, 'utf8').catch(() => '')
  if (basename(last).startsWith(RUN_PREFIX)) await rm(last, { recursive: true, force: true })
  const parent = tmpdir().length <= 60 ? tmpdir() : '/tmp'
  const folder = await mkdtemp(join(parent, RUN_PREFIX))
  await writeFile(note, folder)
  return folder
}
