/** One browser's WebSocket within its limits: what is too much waits, what is no message or never ends is cut. */
import type { Connection, WebSocketLike } from '@hocuspocus/server'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { cursorOf, inspectMessage } from './inspect-message.ts'
import { LatePresence } from './late-presence.ts'
import type { Limits } from './limits.ts'
import { log } from './log.ts'
import { Outgoing } from './outgoing.ts'
import type { Pressure } from './pressure.ts'
import { Rate } from './rate.ts'

/** 4400: not the protocol; 4408: silent; 4429: too much. The reason is for the client and for the log. */
type CutCode = 4400 | 4408 | 4429

/** Why nothing is read from the socket right now. */
const WAITS = { rate: 1, backlog: 2, unread: 4 } as const
type Wait = keyof typeof WAITS

const LAST_WORDS_MS = 1_000
const LOOK_AGAIN_MS = 50
/** So much of presence counts as one word of it. */
const PRESENCE_BYTES = 1_024
/** So many times what is handled of it is read before the socket waits. */
const PRESENCE_READ = 20
const FITS = { wait: 0, isTooMuch: false }
/** From these shares of what may stay unread on, nothing is read from who does not read, and again from this one. */
const UNREAD_WAITS = 0.25
const UNREAD_GOES_ON = 0.05
/** Refusals that an editor cannot cause by typing; a role's refusals and sizes are met by honest people. */
const FORGED =
  /^(update:(shape|counts|clients|clock|content|root|line-end|tangled)|attribution:foreign|tree:read-only|branch:other)$/

const NONE: readonly never[] = []

/** Of a write that is large, only the system's own queue tells that some of it is read. */
type Wire = Duplex & { readonly _handle?: { readonly writeQueueSize?: number } | null }

export class GuardedSocket implements WebSocketLike {
  readonly #socket: WebSocket
  readonly #wire: Wire
  readonly #outgoing: Outgoing
  readonly #limits: Limits
  readonly #pressure: Pressure
  readonly #messages: Rate
  readonly #bytes: Rate
  readonly #openings: Rate
  #presence: Rate | null = null
  #presenceRead: Rate | null = null
  #latePresence: LatePresence | null = null
  #pings: Rate | null = null
  #refusals: Rate | null = null
  #documents: readonly Connection[] = NONE
  #whenClosed: readonly (() => void)[] = NONE
  /** The bits of `WAITS`. */
  #waits = 0
  #stranger: NodeJS.Timeout | null
  #answering = false
  #ended = false
  #alive = true
  #silent = 0
  #sent = 0
  #flushed = 0
  #queued = 0
  #stalled = 0
  #rateUntil = 0
  #backlogMessages = 0
  #backlogBytes = 0

  constructor(socket: WebSocket, wire: Duplex, limits: Limits, pressure: Pressure) {
    const now = performance.now()
    this.#socket = socket
    this.#wire = wire
    this.#outgoing = new Outgoing(socket, wire)
    this.#limits = limits
    this.#pressure = pressure
    this.#messages = new Rate(limits.messagesPerSecond, now)
    this.#bytes = new Rate(limits.bytesPerSecond, now)
    this.#openings = new Rate(limits.openingsPerSecond, now)
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
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  get isOpen(): boolean {
    return !this.#ended
  }

  get opensNothing(): boolean {
    return this.#documents.length === 0
  }

  onClose(listener: () => void): void {
    this.#whenClosed = [...this.#whenClosed, listener]
  }

  /** Handles the last word of a cursor that was not admitted when it came; set once, at the start. */
  onLatePresence: (data: Uint8Array) => void = () => undefined

  /** The socket has closed, by whomever. */
  closed(): void {
    this.#ended = true
    this.#latePresence?.stop()
    this.#isNoStranger()
    for (const listener of this.#whenClosed) listener()
    this.#whenClosed = NONE
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
    const presence = inspected.kind === 'presence' ? this.#presenceOf(data, now) : FITS
    const wait = Math.max(
      presence.wait,
      this.#messages.take(1, share, now),
      this.#bytes.take(data.length, share, now),
      inspected.kind === 'opening' ? this.#openings.take(1, 1, now) : 0,
    )
    this.#waitForRate(wait)
    if (presence.isTooMuch) return false
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
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#outgoing.add(data, this.#answering ? 'answer' : 'message')
    this.#sent += data.length
    const unread = this.#socket.bufferedAmount + this.#outgoing.bytes
    if (unread > this.#limits.unreadBytes) this.cut(4429, 'slow-reader')
    else if (unread > this.#limits.unreadBytes * UNREAD_WAITS) this.#waitUntilRead()
  }

  /** What `work` sends says what became of updates: it leaves with what these updates send to everybody. */
  together(work: () => void): void {
    this.#answering = true
    try {
      work()
    } finally {
      this.#answering = false
    }
  }

  /** Hands on what this turn has sent so far. */
  sendNow(): void {
    this.#outgoing.send()
  }

  close(code?: number, reason?: string): void {
    this.sendNow()
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

  /** A document was opened over this socket; `left` says when it is closed. */
  opened(connection: Connection): void {
    this.#isNoStranger()
    this.#documents = [...this.#documents, connection]
    if (this.#documents.length > this.#limits.documentsPerSocket)
      this.cut(4429, 'too-many-documents')
  }

  hasOpen(address: string): boolean {
    return this.#documents.some((one) => one.messageAddress === address)
  }

  /** It was closed again. */
  left(connection: Connection): void {
    this.#documents = this.#documents.filter((one) => one !== connection)
  }

  /** A document could not be opened. */
  notOpened(): void {
    this.#refused('openings-refused')
  }

  /** The door refused an update. Nobody types a `large` one: going on with them is an attack, whatever the rule. */
  refused(rule: string, size: 'small' | 'large'): void {
    if (size === 'large' || FORGED.test(rule)) this.#refused('too-many-refusals', rule)
  }

  /** To be called in steady intervals: leaves those who are not there any more. */
  look(): void {
    if (this.#ended) return
    if (this.#makesProgress()) this.#stalled = 0
    else this.#stalled += 1
    // While nothing is read from it, no sign of life can come.
    this.#silent = this.#alive || this.#socket.isPaused ? 0 : this.#silent + 1
    if (this.#stalled > 1 || this.#silent > 1) {
      this.cut(4408, 'silent')
      return
    }
    this.#alive = false
    this.#socket.ping()
  }

  /** Whether something was read since the last look, or nothing waits; our own pings wait with the rest. */
  #makesProgress(): boolean {
    const flushed = this.#sent - this.#socket.bufferedAmount
    const queued = this.#wire._handle?.writeQueueSize ?? 0
    const isMore = flushed > this.#flushed || queued < this.#queued
    this.#flushed = flushed
    this.#queued = queued
    return isMore || this.#socket.bufferedAmount === 0
  }

  #isNoStranger(): void {
    if (this.#stranger) clearTimeout(this.#stranger)
    this.#stranger = null
  }

  #refused(reason: string, why?: string): void {
    const now = performance.now()
    const most = this.#limits.refusalsPerMinute
    this.#refusals ??= new Rate(most / 60, now, most)
    if (this.#refusals.take(1, 1, now) > 0) this.cut(4429, reason, why)
  }

  async #workOff(): Promise<void> {
    if (this.#isWaiting('backlog')) return
    this.#wait('backlog')
    await Promise.all(this.#documents.map((one) => one.waitForPendingMessages()))
    this.#backlogMessages = 0
    this.#backlogBytes = 0
    this.#goOn('backlog')
  }

  #waitUntilRead(): void {
    if (this.#isWaiting('unread')) return
    this.#wait('unread')
    const look = setInterval(() => {
      const unread = this.#socket.bufferedAmount
      if (!this.#ended && unread > this.#limits.unreadBytes * UNREAD_GOES_ON) return
      clearInterval(look)
      this.#goOn('unread')
    }, LOOK_AGAIN_MS)
    look.unref()
  }

  /**
   * Presence is told again and again, by plain clients that of others too: what is too much of it is passed over, but
   * for the last word of each cursor, which comes when there is room.
   */
  #presenceOf(data: Uint8Array, now: number): typeof FITS {
    const most = this.#limits.presencePerSecond
    this.#presence ??= new Rate(most, now)
    this.#presenceRead ??= new Rate(most * PRESENCE_READ, now)
    const words = Math.ceil(data.length / PRESENCE_BYTES)
    const wait = this.#presenceRead.take(words, this.#share, now)
    const isTooMuch = !this.#presence.takeIfLeft(words, now)
    if (words === 1 && (isTooMuch || this.#latePresence)) this.#remember(data, isTooMuch)
    return { wait, isTooMuch }
  }

  #remember(data: Uint8Array, isTooMuch: boolean): void {
    const cursor = cursorOf(data)
    if (cursor === null) return
    this.#latePresence ??= new LatePresence(
      () => !this.#ended && this.#presence?.takeIfLeft(1, performance.now()) === true,
      (late) => {
        this.onLatePresence(late)
      },
    )
    if (isTooMuch) this.#latePresence.keep(cursor, data)
    else this.#latePresence.outdated(cursor)
  }

  /** What is left of its rates at the moment. */
  get #share(): number {
    return this.#pressure.isOn ? this.#limits.shareUnderPressure : 1
  }

  /** Who pings without a pause, or reads no answers, would pile up answers here. */
  #pinged(data: Buffer): void {
    if (this.#ended) return
    this.#alive = true
    const now = performance.now()
    this.#pings ??= new Rate(this.#limits.pingsPerSecond, now)
    if (this.#pings.take(1, 1, now) > 0) this.cut(4429, 'too-many-pings')
    else this.#socket.pong(data)
  }

  /** Messages that came in one piece with the one that was too much make the wait longer. */
  #waitForRate(ms: number): void {
    if (ms === 0) return
    this.#rateUntil = Math.max(this.#rateUntil, performance.now() + ms)
    if (this.#isWaiting('rate')) return
    this.#wait('rate')
    const look = (): void => {
      const left = this.#rateUntil - performance.now()
      if (left > 0 && !this.#ended) setTimeout(look, left).unref()
      else this.#goOn('rate')
    }
    look()
  }

  #isWaiting(why: Wait): boolean {
    return (this.#waits & WAITS[why]) !== 0
  }

  #wait(why: Wait): void {
    this.#waits |= WAITS[why]
    this.#socket.pause()
  }

  #goOn(why: Wait): void {
    this.#waits &= ~WAITS[why]
    if (this.#waits === 0 && !this.#ended) this.#socket.resume()
  }
}
