/** What one turn of the event loop sends to a browser, its answers and what others typed, leaves in one write. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** An unmasked binary message, whole; see RFC 6455, 5.2. */
const FIRST_BYTE = 0x82
/** More than this is not copied to be beside its neighbours. */
const COPIED_BYTES = 64 * 1024

export class Outgoing {
  readonly #socket: Pick<WebSocket, 'readyState' | 'OPEN'>
  readonly #wire: Pick<Duplex, 'write' | 'cork' | 'uncork'>
  #frames: Uint8Array[] | null = null
  #bytes = 0

  /** `wire` is what the socket, which compresses nothing, writes to. */
  constructor(
    socket: Pick<WebSocket, 'readyState' | 'OPEN'>,
    wire: Pick<Duplex, 'write' | 'cork' | 'uncork'>,
  ) {
    this.#socket = socket
    this.#wire = wire
  }

  /** Bytes that wait for the end of the turn. */
  get bytes(): number {
    return this.#bytes
  }

  /** `answer` waits for what its own change sends to everybody; anything else leaves when this work is done. */
  add(data: Uint8Array, kind: 'message' | 'answer'): void {
    if (this.#frames) this.#frames.push(...framesOf(data))
    else {
      this.#frames = [...framesOf(data)]
      waiting.push(this)
    }
    this.#bytes += data.length
    schedule(kind)
  }

  /** Hands everything to the system; drops it when nobody is there any more. */
  send(): void {
    const frames = this.#frames
    if (!frames) return
    const bytes = this.#bytes
    this.#frames = null
    this.#bytes = 0
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const [first] = frames
    if (first && frames.length === 1) this.#wire.write(first)
    else if (bytes <= COPIED_BYTES) this.#wire.write(Buffer.concat(frames))
    else {
      this.#wire.cork()
      for (const frame of frames) this.#wire.write(frame)
      this.#wire.uncork()
    }
  }
}

let waiting: Outgoing[] = []
let soon = false
let later = false

function schedule(kind: 'message' | 'answer'): void {
  if (kind === 'message' && !soon) {
    soon = true
    process.nextTick(sendAll)
  } else if (kind === 'answer' && !later && !soon) {
    later = true
    setImmediate(sendAll)
  }
}

function sendAll(): void {
  const all = waiting
  waiting = []
  soon = false
  later = false
  for (const one of all) one.send()
}

/** Everybody in a document is sent the same bytes, one after the other. */
let last: { readonly data: Uint8Array; readonly frames: readonly Uint8Array[] } | null = null

function framesOf(data: Uint8Array): readonly Uint8Array[] {
  if (last?.data === data) return last.frames
  const frames = frame(data)
  last = { data, frames }
  // Not longer than this turn, so that nothing large stays because of it.
  if (data.length > COPIED_BYTES) setImmediate(() => (last = null))
  return frames
}

function frame(data: Uint8Array): readonly Uint8Array[] {
  const { length } = data
  const head = length <= 125 ? 2 : length <= 0xffff ? 4 : 10
  const isSmall = length <= COPIED_BYTES
  const buffer = Buffer.allocUnsafe(isSmall ? head + length : head)
  buffer[0] = FIRST_BYTE
  buffer[1] = head === 2 ? length : head === 4 ? 126 : 127
  if (head === 4) buffer.writeUInt16BE(length, 2)
  else if (head === 10) buffer.writeBigUInt64BE(BigInt(length), 2)
  if (!isSmall) return [buffer, data]
  buffer.set(data, head)
  return [buffer]
}
