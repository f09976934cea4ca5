/**
 * What one connection has queued for one document, in order: updates that wait together are handed on together, so
 * that they share a commit. Everything else takes Hocuspocus' own way, one message at a time.
 */
import { Connection, MessageType } from '@hocuspocus/server'
import * as decoding from 'lib0/decoding'
import { setImmediate } from 'node:timers/promises'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from 'y-protocols/sync'
import { log } from './log.ts'

/** Bounds one admission, and what would be judged again one by one if it is not simply allowed. */
const MAX_UPDATES = 512
const MAX_BYTES = 128 * 1024

type Queued =
  | { readonly kind: 'update'; readonly update: Uint8Array }
  | { readonly kind: 'presence'; readonly data: Uint8Array }
  | { readonly kind: 'join'; readonly data: Uint8Array; readonly vector: Uint8Array }
  /** What a client has that it may be lacking here, told when it joins. */
  | { readonly kind: 'offer'; readonly update: Uint8Array }
  | { readonly kind: 'other'; readonly data: Uint8Array }

/** One for all connections. */
export type Taker = {
  /** Resolves when the updates are dealt with; `stop` drops what is queued behind them. */
  readonly take: (
    connection: Connection,
    updates: readonly Uint8Array[],
  ) => Promise<'go-on' | 'stop'>
  /** Hocuspocus would decode once more even what was refused, to see whether it is known. */
  readonly offer: (connection: Connection, update: Uint8Array) => Promise<'go-on' | 'stop'>
  /** A client tells what it has. True when it was answered; otherwise Hocuspocus does it. */
  readonly join: (connection: Connection, vector: Uint8Array) => boolean
}

/** From now on the taker gets the connection's updates; what Hocuspocus has queued already comes before them. */
export function takeUpdates(connection: Connection, taker: Taker): void {
  const intake = new Intake(connection, taker)
  connection.handleMessage = (data) => {
    intake.receive(data)
  }
  // A document leaves memory only after this.
  connection.waitForPendingMessages = () => intake.settled()
}

/** Of nobody's own: who waits for nothing has no list. */
const NONE: readonly never[] = []

class Intake {
  readonly #connection: Connection
  readonly #taker: Taker
  #queue: Queued[] | typeof NONE = NONE
  #running: Promise<void> | null = null

  constructor(connection: Connection, taker: Taker) {
    this.#connection = connection
    this.#taker = taker
  }

  receive(data: Uint8Array): void {
    if (this.#queue === NONE) this.#queue = [read(data)]
    else (this.#queue as Queued[]).push(read(data))
    this.#running ??= this.#run()
  }

  async settled(): Promise<void> {
    await this.#running
    await this.#handled()
  }

  /** Hocuspocus' own way. */
  #handle(data: Uint8Array): void {
    Connection.prototype.handleMessage.call(this.#connection, data)
  }

  #handled(): Promise<void> {
    return Connection.prototype.waitForPendingMessages.call(this.#connection)
  }

  async #run(): Promise<void> {
    try {
      await this.#work()
    } catch (error) {
      // A bug that one client's message finds ends that client's connection, and nobody else's.
      this.#queue = NONE
      log.bug(error)
      this.#connection.webSocket.close(1011, 'try-again')
    } finally {
      this.#running = this.#queue.length > 0 ? this.#run() : null
    }
  }

  async #work(): Promise<void> {
    let joins = 0
    await this.#handled()
    while (this.#queue.length > 0) {
      const { updates, rest } = split(this.#queue)
      this.#queue = rest
      if (updates.length > 0) {
        if ((await this.#taker.take(this.#connection, updates)) === 'stop') this.#queue = NONE
        continue
      }
      const next = rest.shift()
      if (!next || next.kind === 'update') continue
      if (next.kind === 'offer') {
        if ((await this.#taker.offer(this.#connection, next.update)) === 'stop') this.#queue = NONE
        continue
      }
      // Whoever asks for all of a large document again and again lets others come in between.
      if (next.kind === 'join' && (joins += 1) > 1) await setImmediate()
      if (next.kind === 'join' && this.#taker.join(this.#connection, next.vector)) continue
      this.#handle(next.data)
      await this.#handled()
    }
  }
}

/**
 * The updates up to the first message that is neither update nor presence. Presence waits for the updates that follow
 * it: a cursor never comes before the text that it stands in.
 */
function split(queue: readonly Queued[]): {
  readonly updates: Uint8Array[]
  readonly rest: Queued[]
} {
  const updates: Uint8Array[] = []
  const rest: Queued[] = []
  let bytes = 0
  let at = 0
  for (; at < queue.length && updates.length < MAX_UPDATES; at += 1) {
    const one = queue[at] as Queued
    if (one.kind === 'other' || one.kind === 'join' || one.kind === 'offer') break
    if (one.kind === 'presence') {
      rest.push(one)
      continue
    }
    bytes += one.update.length
    if (updates.length > 0 && bytes > MAX_BYTES) break
    updates.push(one.update)
  }
  return { updates, rest: [...rest, ...queue.slice(at)] }
}

/** Hocuspocus has read the address already, and brought the message to the connection that it is for. */
function read(data: Uint8Array): Queued {
  try {
    const decoder = decoding.createDecoder(data)
    const address = decoding.readVarUint(decoder)
    decoder.pos += address
    const type = decoding.readVarUint(decoder)
    if (type === (MessageType.Awareness as number)) return { kind: 'presence', data }
    const isReply = type === (MessageType.SyncReply as number)
    if (isReply || type === (MessageType.Sync as number)) {
      const step = decoding.readVarUint(decoder)
      const body = decoding.readVarUint8Array(decoder)
      if (step === messageYjsUpdate) return { kind: 'update', update: body }
      if (step === messageYjsSyncStep2) return { kind: 'offer', update: body }
      if (step === messageYjsSyncStep1 && !isReply) return { kind: 'join', data, vector: body }
    }
  } catch {
    // Hocuspocus closes the connection for it, as for any message that makes no sense.
  }
  return { kind: 'other', data }
}
