/** A WebSocket client with next to no cost of its own: what is measured is the server, and the same for all of them. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** Browsers mask what they send; one fixed key costs the server the same as a random one. */
const MASK = Buffer.from([0x5a, 0x3c, 0x71, 0x2e])
const BINARY = 0x82
const CLOSE = 0x8
/** Pings and pongs. */
const CONTROL = 0x8
/** An unasked pong, masked and empty: a sign of life for a server that cuts who is silent. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const ALIVE_MS = 4_000

export class RawClient {
  readonly #socket: Socket
  #onMessage: ((message: Uint8Array) => void) | null = null
  #rest: Buffer = Buffer.alloc(0)
  /** Set when the server, or the connection, ended it. */
  closed = false

  private constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket
    this.#rest = rest
    socket.on('data', (chunk) => {
      this.#read(chunk as Buffer)
    })
    const alive = setInterval(() => {
      this.write(PONG)
    }, ALIVE_MS)
    alive.unref()
    socket.on('close', () => {
      clearInterval(alive)
      this.closed = true
    })
    socket.on('error', () => (this.closed = true))
  }

  /** Upgrades a connection to the server's unix socket. */
  static async open(socketPath: string, url: string): Promise<RawClient> {
    const socket = connect(socketPath)
    socket.write(
      [
        `GET ${url} HTTP/1.1`,
        'Host: localhost',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        '\r\n',
      ].join('\r\n'),
    )
    const rest = await new Promise<Buffer>((resolve, reject) => {
      let head: Buffer = Buffer.alloc(0)
      const read = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', read)
        if (head.subarray(0, 12).toString() === 'HTTP/1.1 101') resolve(head.subarray(end + 4))
        else reject(new Error(`no WebSocket: ${head.subarray(0, 80).toString()}`))
      }
      socket.on('data', read)
      socket.once('error', reject)
    })
    return new RawClient(socket, rest)
  }

  /** From now on every message goes to `read`; `null` throws them away unread, at no cost. */
  onMessage(read: ((message: Uint8Array) => void) | null): void {
    this.#onMessage = read
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    if (rest.length > 0) this.#read(rest)
  }

  /** Writes frames that `frame` made, as many as the buffer holds. Returns what still waits in this process. */
  write(frames: Uint8Array): number {
    this.#socket.write(frames)
    return this.#socket.writableLength
  }

  send(message: Uint8Array): void {
    this.write(frame(message))
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    if (!this.#onMessage) {
      // Waits for a reader during the handshake only: a connection that throws away has `onMessage(skip)`.
      this.#rest = Buffer.concat([this.#rest, chunk])
      return
    }
    if (this.#onMessage === skip) return
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    for (;;) {
      const length = frameLength(data)
      if (length === null || data.length < length.total) break
      const opcode = (data[0] ?? 0) & 0x0f
      if (opcode === CLOSE) this.closed = true
      else if ((opcode & CONTROL) === 0) this.#onMessage(data.subarray(length.head, length.total))
      data = data.subarray(length.total)
    }
    this.#rest = data
  }
}

/** Reads nothing of what comes. */
export const skip = (): void => undefined

function frameLength(data: Buffer): { readonly head: number; readonly total: number } | null {
  const short = (data[1] ?? 0) & 0x7f
  if (data.length < 2) return null
  if (short < 126) return { head: 2, total: 2 + short }
  if (short === 126) return data.length < 4 ? null : { head: 4, total: 4 + data.readUInt16BE(2) }
  return data.length < 10 ? null : { head: 10, total: 10 + Number(data.readBigUInt64BE(2)) }
}

/** One masked binary frame. */
export function frame(message: Uint8Array): Buffer {
  const { length } = message
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const out = Buffer.allocUnsafe(head + 4 + length)
  out[0] = BINARY
  if (head === 2) out[1] = 0x80 | length
  else if (head === 4) {
    out[1] = 0x80 | 126
    out.writeUInt16BE(length, 2)
  } else {
    out[1] = 0x80 | 127
    out.writeBigUInt64BE(BigInt(length), 2)
  }
  MASK.copy(out, head)
  for (let at = 0; at < length; at += 1) {
    out[head + 4 + at] = (message[at] ?? 0) ^ (MASK[at & 3] ?? 0)
  }
  return out
}
