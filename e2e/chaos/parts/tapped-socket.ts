/** A WebSocket that notes, beside the provider that uses it, what was offered and what the server acknowledged. */
import * as decoding from 'lib0/decoding'
import { messageYjsSyncStep1, messageYjsSyncStep2 } from 'y-protocols/sync'
import WebSocket from 'ws'

const SYNC = 0
const SYNC_REPLY = 4
const SYNC_STATUS = 8

/** `all`: the answer to the server's own question, which leaves out what the server has committed already. */
export type Offer = { readonly what: 'all' | 'update'; readonly update: Uint8Array }

/** `onSent` is told each offer, and gives back what to do when the server says that it was applied. */
export function tappedSocket(onSent: (offer: Offer) => () => void): typeof WebSocket {
  return class TappedSocket extends WebSocket {
    /** Of each document's channel, the offers that were not answered: answers come in the same order. */
    readonly #sent = new Map<string, (() => void)[]>()

    constructor(address: string | URL) {
      super(address)
      this.on('message', (data: ArrayBuffer | Buffer) => {
        this.#received(new Uint8Array(data))
      })
      // A broken socket closes right after, and the provider comes back by itself.
      this.on('error', () => undefined)
    }

    override send(data: Uint8Array, ...rest: never[]): void {
      this.#note(data)
      super.send(data, ...rest)
    }

    #note(data: Uint8Array): void {
      const decoder = decoding.createDecoder(data)
      if (data.length <= 1) return
      const channel = decoding.readVarString(decoder)
      const type = decoding.readVarUint(decoder)
      if (type !== SYNC && type !== SYNC_REPLY) return
      const step = decoding.readVarUint(decoder)
      if (step === messageYjsSyncStep1) return
      const sent = this.#sent.get(channel) ?? []
      const update = decoding.readVarUint8Array(decoder)
      sent.push(onSent({ what: step === messageYjsSyncStep2 ? 'all' : 'update', update }))
      this.#sent.set(channel, sent)
    }

    #received(data: Uint8Array): void {
      if (data.length <= 1) return
      const decoder = decoding.createDecoder(data)
      const channel = decoding.readVarString(decoder)
      if (decoding.readVarUint(decoder) !== SYNC_STATUS) return
      // Not applied: it waits for the rest, or was refused, which the storm counts by the verdict.
      if (decoding.readVarInt(decoder) !== 1) return
      const committed = this.#sent.get(channel)?.shift()
      if (!committed) throw new Error(`an acknowledgement on ${channel} of nothing that was sent`)
      committed()
    }
  } as unknown as typeof WebSocket
}
