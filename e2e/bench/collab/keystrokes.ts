/** One Yjs update for each letter that somebody types in a row, made without the cost of a Yjs document. */
import * as encoding from 'lib0/encoding'
import { frame } from './raw-client.ts'
import type { Protocol } from './protocols.ts'

const STRING = 4
const HAS_LEFT = 0x80

/** Each typist is somebody new: in a document that was typed in before, nothing of theirs is known. */
let nextClientId = 1_000

export class Typist {
  readonly clientId = nextClientId++
  readonly #protocol: Protocol
  readonly #document: string
  clock = 0

  constructor(protocol: Protocol, document: string) {
    this.#protocol = protocol
    this.#document = document
  }

  /** The next letter, ready to be written to a socket. */
  next(): Buffer {
    const encoder = encoding.createEncoder()
    const write = (...numbers: number[]): void => {
      for (const number of numbers) encoding.writeVarUint(encoder, number)
    }
    write(1, 1, this.clientId, this.clock)
    if (this.clock === 0) {
      encoding.writeUint8(encoder, STRING)
      write(1)
      encoding.writeVarString(encoder, 'text')
    } else {
      encoding.writeUint8(encoder, STRING | HAS_LEFT)
      write(this.clientId, this.clock - 1)
    }
    encoding.writeVarString(encoder, String.fromCharCode(97 + (this.clock % 26)))
    write(0)
    this.clock += 1
    return frame(this.#protocol.update(this.#document, encoding.toUint8Array(encoder)))
  }
}
