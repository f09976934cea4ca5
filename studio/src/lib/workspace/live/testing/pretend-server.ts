/**
 * A server for tests of what a page does with its answers: each message is answered when the test says so, may be
 * refused, and may be lost with its answer. Same frames and order as the real one.
 */
import type { HocuspocusProvider } from '@hocuspocus/provider'
import type { RebaseMap, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { FIRST_PLATFORM_CLIENT, stampClient } from '@relpin/authority/generations.ts'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { vi } from 'vitest'
import * as Y from 'yjs'
import type { Channels } from '../../connection.svelte.ts'
import { textItems } from '../text-items.ts'
import { fits } from '../update-fit.ts'

type Listener = (payload: unknown) => void
type Asked = { readonly channel: Channel; readonly update: Uint8Array | null }

class Channel {
  readonly effectiveName: string
  readonly doc: Y.Doc
  readonly awareness = null
  readonly #listeners = new Map<string, Listener[]>()
  open = true

  constructor(name: string, doc: Y.Doc) {
    this.effectiveName = name
    this.doc = doc
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener])
  }

  emit(event: string, payload?: unknown): void {
    if (this.open) for (const listener of this.#listeners.get(event) ?? []) listener(payload)
  }

  destroy(): void {
    this.open = false
  }
}

export class PretendServer implements Channels {
  doc = new Y.Doc()
  /** Refuses the next update that is looked at. */
  refuseNext = false
  isOpen = true
  #channels: Channel[] = []
  #asked: Asked[] = []
  #answers: (() => void)[] = []
  #joined = 0
  /** Of a branch: what led from each former generation to the next, and whose ids those were. */
  readonly #maps: RebaseMap[] = []
  #refused = 0

  constructor(text: string) {
    this.doc.getText(TEXT_ROOT).insert(0, text)
    this.#tellAll()
  }

  get text(): string {
    return this.doc.getText(TEXT_ROOT).toString()
  }

  join(name: string, doc: Y.Doc): HocuspocusProvider {
    const channel = new Channel(`${name}\0${(this.#joined += 1)}`, doc)
    this.#channels.push(channel)
    queueMicrotask(() => this.#open(channel))
    return channel as unknown as HocuspocusProvider
  }

  send(frame: Uint8Array): boolean {
    if (!this.isOpen) return false
    const decoder = decoding.createDecoder(frame)
    const address = decoding.readVarString(decoder)
    const channel = this.#channels.find((one) => one.effectiveName === address && one.open)
    if (!channel) throw new Error(`a frame for ${address}, which is not joined`)
    // Kind of message, kind of synchronization.
    decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    this.#asked.push({ channel, update: decoding.readVarUint8Array(decoder) })
    return true
  }

  dropToken = vi.fn<() => void>()
  works = vi.fn<() => void>()
  fails = vi.fn<() => void>()

  /** Looks at the oldest message and sends an answer, which is under way then. */
  step(): void {
    const asked = this.#asked.shift()
    if (!asked) return
    const { channel, update } = asked
    if (update === null) {
      const former = this.#generationOf(channel.doc)
      if (former > this.#maps.length) return this.#answer(channel, true)
      this.#answers.push(() => this.#tellRebased(channel, this.#maps.slice(former - 1)))
      return this.#answer(channel, false)
    }
    if (!fits(this.doc, update)) {
      this.#answers.push(() => this.#close(channel))
      return
    }
    if (this.refuseNext) {
      this.refuseNext = false
      const message: ServerMessage = {
        type: 'verdict',
        verdict: 'denied',
        rule: 'test:refused',
        why: 'Refused.',
      }
      const tell = (): void => channel.emit('stateless', { payload: JSON.stringify(message) })
      // What a connection has queued is answered together; why something was refused is told before.
      if ((this.#refused += 1) % 2 === 0) this.#answers.unshift(tell)
      else this.#answers.push(tell)
      this.#answer(channel, false)
      return
    }
    Y.applyUpdate(this.doc, update)
    this.#answer(channel, true)
  }

  /** The oldest answer arrives. */
  deliver(): void {
    this.#answers.shift()?.()
  }

  /** Everybody's text is put into a document of its own with new ids, as a decision does. The text stays as it is. */
  rebase(): void {
    const former = this.doc
    this.doc = new Y.Doc()
    const text = this.doc.getText(TEXT_ROOT)
    const moved = textItems(former)
      .filter(({ client }) => client < FIRST_PLATFORM_CLIENT)
      .map(({ client, from, to, deleted, text: piece }) => {
        const at = {
          client: this.doc.clientID,
          clock: Y.getState(this.doc.store, this.doc.clientID),
        }
        if (!deleted) text.insert(text.length, piece)
        return { client, from, to, into: deleted ? null : at }
      })
    const generation = this.#maps.length + 1
    // The stamp of the next generation.
    const writer = this.doc.clientID
    this.doc.clientID = stampClient(generation + 1)
    text.insert(0, '.')
    text.delete(0, 1)
    this.doc.clientID = writer
    this.#maps.push({ generation, moved, restored: [] })
    this.#tellAll()
    for (const channel of this.isOpen ? this.#channels : []) {
      this.#answers.push(() => this.#tellRebased(channel, this.#maps.slice(generation - 1)))
      this.#answers.push(() => this.#close(channel))
    }
    // What was on its way to the former generation is not looked at.
    this.#asked = []
  }

  /** What is under way in either direction is lost. */
  cut(): void {
    this.isOpen = false
    this.#asked = []
    this.#answers = []
    for (const channel of this.#channels) channel.emit('close', {})
  }

  mend(): void {
    if (this.isOpen) return
    this.isOpen = true
    for (const channel of this.#channels) this.#open(channel)
  }

  /** Until there is nothing to look at and nothing under way. */
  async quiesce(): Promise<void> {
    this.mend()
    for (let round = 0; round < 3; round += 1) {
      while (this.#asked.length + this.#answers.length > 0) {
        this.step()
        this.deliver()
      }
      await vi.advanceTimersByTimeAsync(4_000)
    }
  }

  #open(channel: Channel): void {
    if (!this.isOpen || !channel.open) return
    channel.emit('open')
    this.#answers.push(() => {
      channel.emit('message', { event: { data: frameOf(channel, [0, 0]) } })
      if (channel.open) this.#asked.push({ channel, update: null })
    })
    const state = Y.encodeStateAsUpdate(this.doc)
    this.#answers.push(() => {
      if (!channel.open) return
      Y.applyUpdate(channel.doc, state, channel)
      channel.emit('synced', {})
    })
  }

  /** By the oldest id that the present generation does not have. */
  #generationOf(doc: Y.Doc): number {
    const found = this.#maps.find(({ moved }) =>
      moved.some(({ client }) => doc.store.clients.has(client)),
    )
    return found?.generation ?? this.#maps.length + 1
  }

  #tellRebased(channel: Channel, maps: readonly RebaseMap[]): void {
    const message: ServerMessage = { type: 'rebased', generation: this.#maps.length + 1, maps }
    channel.emit('stateless', { payload: JSON.stringify(message) })
  }

  #tellAll(): void {
    this.doc.on('update', (update: Uint8Array) => {
      for (const channel of this.isOpen ? this.#channels : []) {
        this.#answers.push(() => {
          if (channel.open) Y.applyUpdate(channel.doc, update, channel)
        })
      }
    })
  }

  #close(channel: Channel): void {
    channel.emit('close', {})
    this.#asked = this.#asked.filter((asked) => asked.channel !== channel)
  }

  #answer(channel: Channel, applied: boolean): void {
    const SYNC_STATUS = 8
    this.#answers.push(() => {
      const data = frameOf(channel, [SYNC_STATUS, applied ? 1 : 0])
      channel.emit('message', { event: { data } })
    })
  }
}

function frameOf(channel: Channel, numbers: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, channel.effectiveName)
  for (const number of numbers) encoding.writeVarUint(encoder, number)
  return encoding.toUint8Array(encoder)
}
