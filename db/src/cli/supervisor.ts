/** Keeps one service running: starts it, waits until it is ready, and starts it again when it dies. */
import { type ChildProcess, fork } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PlainError } from '../plain-error.ts'

export type ServiceSpec = {
  /** For people: `collab-server`. */
  readonly name: string
  /** The TypeScript file that is run. */
  readonly file: string
  /** The unix socket that it listens on, removed before every start; a killed service leaves it. */
  readonly socket?: string | undefined
  /** For Node itself. */
  readonly nodeArgs?: readonly string[] | undefined
}

type ServiceWorld = {
  readonly env: NodeJS.ProcessEnv
  /** The service's whole output. */
  readonly logFile: string
  readonly onRestart: (what: string) => void
  /** It lives and is not ready, because of something that is not its own: once for each start. */
  readonly onWaiting: (what: string) => void
  /** It failed too often: the product cannot go on. */
  readonly onGivingUp: (why: PlainError) => void
}

export type Service = {
  readonly name: string
  readonly pid: () => number | undefined
  /** The rest of the first `ready` message, such as a port. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  /** SIGTERM, then SIGKILL after the patience. */
  readonly stop: (patienceMs: number) => Promise<void>
  readonly kill: () => void
}

const RAPID_WINDOW_MS = 30_000
const RAPID_FAILURES = 5
const BACK_OFF_MS = [100, 250, 500, 1000]
const READY_WITHIN_MS = 60_000
const LOG_LIMIT = 10_000_000

export function superviseService(spec: ServiceSpec, world: ServiceWorld): Service {
  let child: ChildProcess | null = null
  let exited: Promise<void> = Promise.resolve()
  let stopping = false
  let failures: number[] = []
  const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  // Whoever gives up tells it through onGivingUp; a start that awaits `ready` hears it as well.
  ready.promise.catch(() => undefined)

  const giveUp = (why: PlainError): void => {
    stopping = true
    ready.reject(why)
    world.onGivingUp(why)
  }

  const launch = async (again: { readonly how: string; readonly at: number } | null) => {
    if (spec.socket) await rm(spec.socket, { force: true })
    await rotate(world.logFile)
    if (stopping) return
    const log = openSync(world.logFile, 'a', 0o600)
    const started = fork(spec.file, [], {
      env: world.env,
      execArgv: [...(spec.nodeArgs ?? [])],
      // Its own group: a Ctrl-C in the terminal reaches only us, and we stop the services in order.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    child = started
    const late = setTimeout(() => {
      giveUp(new PlainError(`${spec.name} did not become ready in 60 s. Its log: ${world.logFile}`))
    }, READY_WITHIN_MS)
    let waits = false
    started.on('message', (message: unknown) => {
      if (isWaiting(message)) {
        // It says so again and again, for as long as it waits.
        late.refresh()
        if (!waits) world.onWaiting(`${spec.name} waits for ${message.for}`)
        waits = true
        return
      }
      if (!isReady(message)) return
      clearTimeout(late)
      ready.resolve(message)
      if (again) {
        const took = ((Date.now() - again.at) / 1000).toFixed(1)
        world.onRestart(
          `${spec.name} ended unexpectedly (${again.how}) and runs again after ${took} s`,
        )
      }
    })
    exited = new Promise((resolve) => {
      const settle = (how: string) => {
        clearTimeout(late)
        resolve()
        if (!stopping) void recover(how)
      }
      started.once('error', (error) => {
        settle(error.message)
      })
      started.once('exit', (code, signal) => {
        settle(signal ?? `exit code ${code ?? 'unknown'}`)
      })
    })
  }

  const recover = async (how: string): Promise<void> => {
    const now = Date.now()
    failures = [...failures.filter((at) => now - at < RAPID_WINDOW_MS), now]
    if (failures.length >= RAPID_FAILURES) {
      const said = await lastLine(world.logFile)
      giveUp(
        new PlainError(
          `${spec.name} failed ${RAPID_FAILURES} times in a row (${how}${said}). Its log: ${world.logFile}`,
        ),
      )
      return
    }
    await delay(BACK_OFF_MS[Math.min(failures.length, BACK_OFF_MS.length) - 1])
    await launch({ how, at: now })
  }

  void launch(null)
  return {
    name: spec.name,
    pid: () => child?.pid,
    ready: ready.promise,
    stop: async (patienceMs) => {
      stopping = true
      ready.reject(new PlainError(`${spec.name} was stopped before it was ready.`))
      child?.kill('SIGTERM')
      const hard = setTimeout(() => child?.kill('SIGKILL'), patienceMs)
      await exited
      clearTimeout(hard)
    },
    kill: () => {
      stopping = true
      child?.kill('SIGKILL')
    },
  }
}

function isReady(message: unknown): message is { readonly type: 'ready' } {
  return typeof message === 'object' && message !== null && 'type' in message
    ? message.type === 'ready'
    : false
}

/** `for` is what it waits for, and why: `the database: nothing listens there`. */
function isWaiting(
  message: unknown,
): message is { readonly type: 'waiting'; readonly for: string } {
  if (typeof message !== 'object' || message === null) return false
  const { type, for: what } = message as Readonly<Record<string, unknown>>
  return type === 'waiting' && typeof what === 'string'
}

async function rotate(path: string): Promise<void> {
  const size = await stat(path).then(
    (it) => it.size,
    () => 0,
  )
  if (size > LOG_LIMIT) await rename(path, `${path}.old`)
}

/** The last thing that it said: a JSON line's message or error, or the line itself. */
async function lastLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.trimEnd().split('\n').slice(-40)
  const thrown = lines.findLast((line) => /^(\w*Error\b|.*"level":"(error|fatal)")/.test(line))
  const line = sentenceOf((thrown ?? lines.at(-1) ?? '').trim()).replace(/\.$/, '')
  return line === '' ? '' : `: ${line.slice(0, 200)}`
}

/** Services log JSON; people want the sentence inside. */
function sentenceOf(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const { why, cause, message } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const said = [why, cause, message].find((one) => typeof one === 'string')
    return said?.split('\n', 1)[0] ?? line
  } catch {
    return line
  }
}
