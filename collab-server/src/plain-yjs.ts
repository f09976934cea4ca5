/**
 * The plain protocol of y-websocket at `/yjs/<file>`: a message there is one of ours without the document's name. What
 * Hocuspocus says beyond that protocol is either not for such clients, or something they cannot follow: then the socket
 * is closed with the reason.
 */
import { MessageType, type WebSocketLike } from '@hocuspocus/server'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { IncomingMessage } from 'node:http'

/** 4401: the token; 4403: may not, or not any more; 4409: what was sent waits elsewhere; 4205: begin with a fresh document. */
type PlainClose = 4401 | 4403 | 4409 | 4205 | 1013 | 4500

/** What a client offers beside its token, and what the server answers: the token itself is never said back. */
export const PLAIN_PROTOCOL = 'relpin'
const TOKEN_PROTOCOL = 'token.'
const PLAIN_BEARER = /^Bearer (.+)$/i
/** Where another node that passes the client on puts what stood in `Authorization`. */
export const PLAIN_TOKEN = 'x-relpin-plain-token'
const MAX_REASON_BYTES = 120
const PATH = /^\/yjs\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export const plainFile = (pathname: string): string | null => PATH.exec(pathname)?.[1] ?? null

/** What a token is made of. It is also written into the head that one node sends another: no line may end in it. */
const TOKEN = /^[\w.-]*$/

/** From the `Authorization` header, the offered subprotocols, or, as a last way, the query; '' when it cannot be one. */
export function plainToken(request: IncomingMessage, url: URL): string {
  const given = givenToken(request, url)
  return TOKEN.test(given) ? given : ''
}

function givenToken(request: IncomingMessage, url: URL): string {
  const passedOn = request.headers[PLAIN_TOKEN]
  if (typeof passedOn === 'string') return passedOn
  const bearer = PLAIN_BEARER.exec(request.headers.authorization ?? '')?.[1]
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith(TOKEN_PROTOCOL))
  return bearer ?? offered?.slice(TOKEN_PROTOCOL.length) ?? url.searchParams.get('token') ?? ''
}

export class PlainSocket implements WebSocketLike {
  readonly #inner: WebSocketLike
  readonly #prefix: Uint8Array

  constructor(inner: WebSocketLike, document: string) {
    this.#inner = inner
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, document)
    this.#prefix = encoding.toUint8Array(encoder)
  }

  get readyState(): number {
    return this.#inner.readyState
  }

  /** The client's message as Hocuspocus reads it. */
  incoming(data: Uint8Array): Uint8Array {
    const message = new Uint8Array(this.#prefix.length + data.length)
    message.set(this.#prefix)
    message.set(data, this.#prefix.length)
    return message
  }

  /** What a client of Hocuspocus would say first. */
  authentication(token: string): Uint8Array {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, MessageType.Auth)
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarString(encoder, token)
    return this.incoming(encoding.toUint8Array(encoder))
  }

  send(data: Uint8Array): void {
    const decoder = decoding.createDecoder(data)
    const address = decoding.readVarUint(decoder)
    decoder.pos += address
    const start = decoder.pos
    const type = decoding.readVarUint(decoder) as MessageType
    switch (type) {
      case MessageType.Sync:
      case MessageType.Awareness:
        this.#inner.send(data.subarray(start))
        return
      case MessageType.SyncReply: {
        const message = data.slice(start)
        message[0] = MessageType.Sync
        this.#inner.send(message)
        return
      }
      case MessageType.Auth:
        // 1 is a refusal; that it went well, and that a newer token is wanted, nobody here would understand.
        if (decoding.readVarUint(decoder) === 1) this.#end(4401, decoding.readVarString(decoder))
        return
      case MessageType.Stateless:
        this.#told(JSON.parse(decoding.readVarString(decoder)) as ServerMessage)
        return
      case MessageType.CLOSE:
        this.#left(decoding.readVarString(decoder))
        return
      default:
        return
    }
  }

  close(code?: number, reason?: string): void {
    this.#inner.close(code, reason)
  }

  #told(message: ServerMessage): void {
    if (message.type === 'rebased') this.#end(4205, 'rebased')
    if (message.type !== 'verdict') return
    const { verdict, rule, why } = message
    this.#end(verdict === 'denied' ? 4403 : 4409, `${verdict} ${rule}: ${why}`)
  }

  #left(reason: string): void {
    if (reason === 'offer-again') this.#end(1013, reason)
    else if (reason === 'rebased') this.#end(4205, reason)
    else if (reason === 'frozen') this.#end(4500, reason)
    else this.#end(reason === 'token-expired' ? 4401 : 4403, reason)
  }

  #end(code: PlainClose, reason: string): void {
    this.#inner.close(code, shortened(reason))
  }
}

/** A reason has at most 123 bytes. */
function shortened(reason: string): string {
  const bytes = new TextEncoder().encode(reason)
  return bytes.length <= MAX_REASON_BYTES
    ? reason
    : `${new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 4)).replace(/\uFFFD$/, '')}…`
}
