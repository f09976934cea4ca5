/** A WebSocket that says exactly what it is told to: Hocuspocus' messages by hand, and what came back for each document. */
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { setTimeout as delay } from 'node:timers/promises'
import WebSocket from 'ws'

export const TYPE = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  syncReply: 4,
  stateless: 5,
  broadcastStateless: 6,
  close: 7,
  syncStatus: 8,
} as const
export const SYNC = { step1: 0, step2: 1, update: 2 } as const

type Heard =
  | { readonly what: 'open'; readonly document: string }
  | { readonly what: 'refused'; readonly document: string; readonly reason: string }
  | { readonly what: 'told'; readonly document: string; readonly message: ServerMessage }
  | { readonly what: 'status'; readonly document: string; readonly saved: boolean }
  | { readonly what: 'state' | 'update'; readonly document: string; readonly bytes: Uint8Array }
  | { readonly what: 'presence'; readonly document: string; readonly bytes: Uint8Array }
  | { readonly what: 'left'; readonly document: string; readonly reason: string }
  | { readonly what: 'asked-token'; readonly document: string }

type Ended = { readonly code: number; readonly reason: string }

const WITHIN_MS = 8_000

export class RawSocket {
  readonly webSocket: WebSocket
  readonly heard: Heard[] = []
  ended: Ended | null = null

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket
    webSocket.on('message', (data: Buffer) => {
      const one = parse(new Uint8Array(data))
      if (one) this.heard.push(one)
    })
    webSocket.on('close', (code, reason) => {
      this.ended = { code, reason: reason.toString() }
    })
    webSocket.on('error', () => undefined)
  }

  /** `url` is the studio's. Rejects with the status when the upgrade is refused. */
  static async open(
    url: string,
    options: { readonly path?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<RawSocket> {
    const webSocket = new WebSocket(`${url.replace('http', 'ws')}${options.path ?? '/collab'}`, {
      headers: options.headers ?? {},
      perMessageDeflate: false,
    })
    const socket = new RawSocket(webSocket)
    await new Promise<void>((resolve, reject) => {
      webSocket.on('open', () => {
        resolve()
      })
      webSocket.on('unexpected-response', (_request, response) => {
        reject(new Error(`status ${response.statusCode ?? 0}`))
        webSocket.terminate()
      })
      webSocket.on('error', reject)
    })
    return socket
  }

  send(bytes: Uint8Array): void {
    if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.send(bytes)
  }

  message(document: string, type: number, write?: (encoder: encoding.Encoder) => void): void {
    this.send(framed(document, type, write))
  }

  authenticate(document: string, token: string): void {
    this.message(document, TYPE.auth, (encoder) => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, token)
    })
  }

  /** Asks for the document; resolves once its state is here. */
  async join(document: string, token: string): Promise<void> {
    this.authenticate(document, token)
    const answer = await this.hear(
      (one) => one.document === document && (one.what === 'open' || one.what === 'refused'),
    )
    if (answer.what === 'refused') throw new Error(`refused: ${answer.reason}`)
    this.step1(document)
    await this.hear((one) => one.what === 'state' && one.document === document)
    // It has nothing to offer; from here on what builds on nothing cannot wait for an offer.
    this.sync(document, SYNC.step2, new Uint8Array([0, 0]))
  }

  step1(document: string, stateVector: Uint8Array = new Uint8Array([0])): void {
    this.sync(document, SYNC.step1, stateVector)
  }

  sync(document: string, step: number, bytes: Uint8Array): void {
    this.send(framedSync(document, step, bytes))
  }

  update(document: string, bytes: Uint8Array): void {
    this.sync(document, SYNC.update, bytes)
  }

  awareness(document: string, bytes: Uint8Array): void {
    this.message(document, TYPE.awareness, (encoder) => {
      encoding.writeVarUint8Array(encoder, bytes)
    })
  }

  /** The first thing, heard already or soon, that matches. Throws with what was heard instead. */
  async hear(matches: (one: Heard) => boolean, withinMs = WITHIN_MS): Promise<Heard> {
    const until = Date.now() + withinMs
    for (;;) {
      const found = this.heard.find(matches)
      if (found) return found
      if (Date.now() > until || this.ended) throw new Error(`heard ${this.summary()} instead`)
      await delay(5)
    }
  }

  async end(withinMs = WITHIN_MS): Promise<Ended> {
    const until = Date.now() + withinMs
    while (!this.ended) {
      if (Date.now() > until) throw new Error(`the socket stayed open; heard ${this.summary()}`)
      await delay(5)
    }
    return this.ended
  }

  close(): void {
    this.webSocket.terminate()
  }

  summary(): string {
    const words = this.heard
      .slice(-6)
      .map((one) =>
        one.what === 'told' ? JSON.stringify(one.message).slice(0, 160) : shorten(one),
      )
    return `${words.join(', ') || 'nothing'}${this.ended ? `, closed ${this.ended.code} ${this.ended.reason}` : ''}`
  }
}

function shorten(one: Exclude<Heard, { what: 'told' }>): string {
  switch (one.what) {
    case 'refused':
    case 'left':
      return `${one.what} (${one.reason})`
    case 'status':
      return one.saved ? 'saved' : 'not saved'
    default:
      return one.what
  }
}

export function framed(
  document: string,
  type: number,
  write?: (encoder: encoding.Encoder) => void,
): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, document)
  encoding.writeVarUint(encoder, type)
  write?.(encoder)
  return encoding.toUint8Array(encoder)
}

export function framedSync(document: string, step: number, bytes: Uint8Array): Uint8Array {
  return framed(document, TYPE.sync, (encoder) => {
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, bytes)
  })
}

function parse(data: Uint8Array): Heard | null {
  const decoder = decoding.createDecoder(data)
  const document = decoding.readVarString(decoder).split('\0')[0] ?? ''
  const type = decoding.readVarUint(decoder)
  switch (type) {
    case TYPE.sync:
    case TYPE.syncReply: {
      const step = decoding.readVarUint(decoder)
      if (step === SYNC.step1) return null
      const bytes = decoding.readVarUint8Array(decoder)
      return { what: step === SYNC.step2 ? 'state' : 'update', document, bytes }
    }
    case TYPE.awareness:
      return { what: 'presence', document, bytes: decoding.readVarUint8Array(decoder) }
    case TYPE.auth: {
      const kind = decoding.readVarUint(decoder)
      if (kind === 0) return { what: 'asked-token', document }
      if (kind === 2) return { what: 'open', document }
      return { what: 'refused', document, reason: decoding.readVarString(decoder) }
    }
    case TYPE.stateless: {
      const message = JSON.parse(decoding.readVarString(decoder)) as ServerMessage
      return { what: 'told', document, message }
    }
    case TYPE.close:
      return { what: 'left', document, reason: decoding.readVarString(decoder) }
    case TYPE.syncStatus:
      return { what: 'status', document, saved: decoding.readVarInt(decoder) === 1 }
    default:
      return null
  }
}
