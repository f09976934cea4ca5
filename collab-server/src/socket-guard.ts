/** One browser's WebSocket within its limits: what is too much waits, what is no message or never ends is cut. */
import type { Connection, WebSocketLike } from '@hocuspocus/server'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { inspectMessage } from './inspect-message.ts'
import type { Limits } from './limits.ts'
import { log } from './log.ts'
import type { Pressure } from './pressure.ts'
import { Rate } from './rate.ts'

/** 4400: not the protocol; 4408: silent; 4429: too much. The reason is for the client and for the log. */
export type CutCode = 4400 | 4408 | 4429

/** Why nothing is read from the socket right now. */
type Wait = 'rate' | 'backlog' | 'unread'

const LAST_WORDS_MS = 1_000
const LOOK_AGAIN_MS = 50
/** So much of presence counts as one word of it. */
const PRESENCE_BYTES = 1_024
/** From these shares of what may stay unread on, nothing is read from who does not read, and again from this one. */
const UNREAD_WAITS = 0.25
const UNREAD_GOES_ON = 0.05
/** Refusals that an editor cannot cause by typing; a role's refusals and sizes are met by honest people. */
const FORGED =
  /^(update:(shape|counts|clients|clock|content|root|line-end)|attribution:foreign|tree:read-only|branch:other)$/

export class GuardedSocket implements WebSocketLike {
  readonly #socket: WebSocket
  readonly #wire: Pick<Duplex, 'cork' | 'uncork'>
  readonly #limits: Limits
  readonly #pressure: Pressure
  readonly #messages: Rate
  readonly #bytes: Rate
  readonly #openings: Rate
  readonly #presence: Rate
  readonly #pings: Rate
  readonly #refusals: Rate
  readonly #documents = new Set<Connection>()
  readonly #waits = new Set<Wait>()
  readonly #stranger: NodeJS.Timeout
  #ended = false
  #alive = true
  #silent = 0
  #sent = 0
  #flushed = 0
  #stalled = 0
  #rateUntil = 0
  #backlogMessages = 0
  #backlogBytes = 0

  constructor(
    socket: WebSocket,
    wire: Pick<Duplex, 'cork' | 'uncork'>,
    limits: Limits,
    pressure: Pressure,
  ) {
    const now = performance.now()
    this.#socket = socket
    this.#wire = wire
    this.#limits = limits
    this.#pressure = pressure
    this.#messages = new Rate(limits.messagesPerSecond, now)
    this.#bytes = new Rate(limits.bytesPerSecond, now)
    this.#openings = new Rate(limits.openingsPerSecond, now)
    this.#presence = new Rate(limits.presencePerSecond, now)
    this.#pings = new Rate(limits.pingsPerSecond, now)
    // Twice the rate fits into a bucket.
    this.#refusals = new Rate(limits.refusalsPerMinute / 2, now)
    this.#stranger = setTimeout(() => {
      this.cut(4408, 'nothing-opened')
    }, limits.strangerMs)
    socket.on('pong', () => {
      this.#alive = true
      this.#waitForRate(this.#messages.take(1, this.#share, performance.now()))
    })
    socket.on('ping', (data: Buffer) => {
      this.#pinged(data)
    })
    socket.on('close', () => {
      this.#ended = true
      clearTimeout(this.#stranger)
    })
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  get isOpen(): boolean {
    return !this.#ended
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener)
  }

  /** True for a message that is to be handled; any other has consequences of its own. */
  admits(data: Uint8Array, isBinary: boolean): boolean {
    if (this.#ended) return false
    this.#alive = true
    const inspected = isBinary ? inspectMessage(data) : ({ ok: false, why: 'text' } as const)
    if (!inspected.ok) {
      this.cut(4400, 'not-a-message', inspected.why)
      return false
    }
    const now = performance.now()
    const share = this.#share
    const wait = Math.max(
      this.#messages.take(1, share, now),
      this.#bytes.take(data.length, share, now),
      inspected.kind === 'opening' ? this.#openings.take(1, 1, now) : 0,
      inspected.kind === 'presence'
        ? this.#presence.take(Math.ceil(data.length / PRESENCE_BYTES), 1, now)
        : 0,
    )
    this.#waitForRate(wait)
    this.#backlogMessages += 1
    this.#backlogBytes += data.length
    if (
      this.#backlogMessages > this.#limits.backlogMessages ||
      this.#backlogBytes > this.#limits.backlogBytes
    )
      void this.#workOff()
    return true
  }

  send(data: Uint8Array): void {
    this.#socket.send(data)
    this.#sent += data.length
    const unread = this.#socket.bufferedAmount
    if (unread > this.#limits.unreadBytes) this.cut(4429, 'slow-reader')
    else if (unread > this.#limits.unreadBytes * UNREAD_WAITS) this.#waitUntilRead()
  }

  /** Everything that `work` sends goes to the system at once. */
  together(work: () => void): void {
    this.#wire.cork()
    try {
      work()
    } finally {
      this.#wire.uncork()
    }
  }

  close(code?: number, reason?: string): void {
    this.#ended = true
    this.#socket.close(code, reason)
    // Whoever does not answer the goodbye is left all the same.
    setTimeout(() => {
      this.#socket.terminate()
    }, LAST_WORDS_MS).unref()
    // The answer to the goodbye must be read.
    this.#socket.resume()
  }

  cut(code: CutCode, reason: string, why?: string): void {
    if (this.#ended) return
    log('warn', 'socket.cut', { code, reason, ...(why === undefined ? {} : { why }) })
    this.close(code, reason)
  }

  /** A document was opened over this socket. */
  opened(connection: Connection): void {
    clearTimeout(this.#stranger)
    this.#documents.add(connection)
    connection.onClose(() => this.#documents.delete(connection))
    if (this.#documents.size > this.#limits.documentsPerSocket) this.cut(4429, 'too-many-documents')
  }

  /** A document could not be opened. */
  notOpened(): void {
    this.#refused('openings-refused')
  }

  /** The door refused an update. */
  refused(rule: string): void {
    if (FORGED.test(rule)) this.#refused('too-many-refusals', rule)
  }

  /** To be called in steady intervals: leaves those who are not there any more. */
  look(): void {
    if (this.#ended) return
    const flushed = this.#sent - this.#socket.bufferedAmount
    const stalls = this.#socket.bufferedAmount > 0 && flushed === this.#flushed
    this.#stalled = stalls ? this.#stalled + 1 : 0
    this.#flushed = flushed
    // While nothing is read from it, no sign of life can come.
    this.#silent = this.#alive || this.#socket.isPaused ? 0 : this.#silent + 1
    if (this.#stalled > 1 || this.#silent > 1) {
      this.cut(4408, 'silent')
      return
    }
    this.#alive = false
    this.#socket.ping()
  }

  #refused(reason: string, why?: string): void {
    if (this.#refusals.take(1, 1 / 60, performance.now()) > 0) this.cut(4429, reason, why)
  }

  async #workOff(): Promise<void> {
    if (this.#waits.has('backlog')) return
    this.#wait('backlog')
    await Promise.all([...this.#documents].map((one) => one.waitForPendingMessages()))
    this.#backlogMessages = 0
    this.#backlogBytes = 0
    this.#goOn('backlog')
  }

  #waitUntilRead(): void {
    if (this.#waits.has('unread')) return
    this.#wait('unread')
    const look = setInterval(() => {
      const unread = this.#socket.bufferedAmount
      if (!this.#ended && unread > this.#limits.unreadBytes * UNREAD_GOES_ON) return
      clearInterval(look)
      this.#goOn('unread')
    }, LOOK_AGAIN_MS)
    look.unref()
  }

  /** What is left of its rates at the moment. */
  get #share(): number {
    return this.#pressure.isOn ? this.#limits.shareUnderPressure : 1
  }

  /** Who pings without a pause, or reads no answers, would pile up answers here. */
  #pinged(data: Buffer): void {
    if (this.#ended) return
    this.#alive = true
    if (this.#pings.take(1, 1, performance.now()) > 0) this.cut(4429, 'too-many-pings')
    else this.#socket.pong(data)
  }

  /** Messages that came in one piece with the one that was too much make the wait longer. */
  #waitForRate(ms: number): void {
    if (ms === 0) return
    this.#rateUntil = Math.max(this.#rateUntil, performance.now() + ms)
    if (this.#waits.has('rate')) return
    this.#wait('rate')
    const look = (): void => {
      const left = this.#rateUntil - performance.now()
      if (left > 0 && !this.#ended) setTimeout(look, left).unref()
      else this.#goOn('rate')
    }
    look()
  }

  #wait(why: Wait): void {
    this.#waits.add(why)
    this.#socket.pause()
  }

  #goOn(why: Wait): void {
    this.#waits.delete(why)
    if (this.#waits.size === 0 && !this.#ended) this.#socket.resume()
  }
}
