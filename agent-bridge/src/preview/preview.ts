/** One preview: a capsule with main's text, the project's packages and its Vite, kept up with main while it lives. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { CapsuleError, type Capsule, type CapsuleDriver } from '../capsules/driver.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import { DevServerError, install, startVite, whyNoVite, type DevServer } from './dev-server.ts'
import { MainUnreadable, type MainText } from './main-text.ts'
import { WatchedState } from './watched-state.ts'

export type PreviewParts = {
  readonly driver: CapsuleDriver
  readonly main: MainText
  readonly labels: Readonly<Record<string, string>>
  readonly registry: (connection: Duplex) => void
  /** Hosts under which it is asked for, as Vite's setting has it; `null` where those are `localhost`'s. */
  readonly hosts: string | null
  readonly onBug: (error: unknown) => void
}

/** How often main is looked at. */
const LOOK_MS = 400
/** What is read anew when it changes: everything that Vite does not look at again by itself. */
const MANIFESTS = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc']
const MAX_CONNECTIONS = 256

export class Preview {
  readonly id = randomBytes(16).toString('hex')
  readonly state = new WatchedState()
  readonly #parts: PreviewParts
  readonly #ended = new AbortController()
  readonly #life: Promise<void>
  readonly #open = new Set<Duplex>()
  #capsule: Capsule | null = null
  #server: DevServer | null = null
  #followers = 0
  #lastSeen = Date.now()

  constructor(parts: PreviewParts) {
    this.#parts = parts
    this.#life = this.#live()
  }

  /** Milliseconds since somebody looked; 0 while somebody does. */
  get unseenMs(): number {
    return this.#followers + this.#open.size > 0 ? 0 : Date.now() - this.#lastSeen
  }

  /** Counts as looking until `signal` aborts. */
  watch(signal: AbortSignal): ReturnType<WatchedState['follow']> {
    this.#followers++
    signal.addEventListener(
      'abort',
      () => {
        this.#followers--
        this.#lastSeen = Date.now()
      },
      { once: true },
    )
    return this.state.follow(signal)
  }

  /** A connection to the development server; `null` when none runs, or too many are open. */
  async dial(): Promise<Duplex | null> {
    if (this.state.now.phase !== 'running' || !this.#capsule || !this.#server) return null
    if (this.#open.size >= MAX_CONNECTIONS) return null
    const connection = await this.#capsule.dial(this.#server.port).catch(() => null)
    if (!connection) return null
    this.#open.add(connection)
    connection.on('error', () => undefined)
    connection.on('close', () => {
      this.#open.delete(connection)
      this.#lastSeen = Date.now()
    })
    return connection
  }

  /** Ends it for good, with everything that is open. `why` is a sentence. */
  async stop(why: string): Promise<void> {
    this.state.set({ phase: 'ended', why })
    this.#ended.abort()
    for (const connection of this.#open) connection.destroy()
    await this.#life
  }

  async #live(): Promise<void> {
    const { signal } = this.#ended
    try {
      const capsule = await this.#start(signal)
      void capsule.exited.then(({ why }) => {
        this.state.set({ phase: 'ended', why: `Its capsule ended. ${why}` })
        this.#ended.abort()
      })
      await this.#follow(capsule, signal)
    } catch (error) {
      if (!signal.aborted) this.state.set({ phase: 'ended', why: this.#words(error) })
    } finally {
      this.#ended.abort()
      await this.#capsule?.stop()
    }
  }

  async #start(signal: AbortSignal): Promise<Capsule> {
    const { driver, labels, registry } = this.#parts
    this.#capsule = await driver.start(
      {
        id: `preview-${randomUUID().slice(0, 13)}`,
        purpose: 'preview',
        limits: DEFAULT_LIMITS.preview,
        connect: registry,
        secrets: [],
        labels,
      },
      signal,
    )
    return this.#capsule
  }

  async #follow(capsule: Capsule, signal: AbortSignal): Promise<void> {
    const { main } = this.#parts
    while (!signal.aborted) {
      const changes = await main.changes(signal)
      if (changes.length > 0) {
        await capsule.put(capsule.places.work, changes)
        const anew = changes.some(({ path }) => MANIFESTS.includes(path))
        // After a failure any change may be the one that mends it.
        if (anew || !this.#server) await this.#serve(capsule, anew, signal)
      }
      await wait(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #serve(capsule: Capsule, anew: boolean, signal: AbortSignal): Promise<void> {
    const former = this.#server
    this.#server = null
    try {
      if (anew) this.state.set({ phase: 'installing' })
      await former?.stop()
      const none = whyNoVite(this.#parts.main.text('package.json'))
      if (none !== null) throw new DevServerError(none)
      if (anew) await install(capsule, signal)
      this.state.set({ phase: 'starting' })
      const server = await startVite(capsule, this.#parts.hosts, signal)
      this.#server = server
      void server.exit.then(() => {
        if (this.#server !== server) return
        this.#server = null
        this.state.set({ phase: 'failed', why: 'Vite ended.', log: server.said() })
      })
      this.state.set({ phase: 'running' })
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof DevServerError)) throw error
      this.state.set({ phase: 'failed', why: error.message, log: error.log })
    }
  }

  #words(error: unknown): string {
    if (error instanceof CapsuleError || error instanceof MainUnreadable) return error.message
    this.#parts.onBug(error)
    return 'The studio failed to run this preview, and has logged why.'
  }
}
