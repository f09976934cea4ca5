/** Fills a file up to its bound with pieces of one letter, as if somebody always typed at its beginning. */
import { must, soon } from './expectations.ts'
import { forged, letters, someClient, type Piece } from './forge.ts'
import type { RawSocket } from './raw-socket.ts'
import type { World } from './world.ts'

/** A socket is left after so long, because its token is good for not much longer. */
const SOCKET_MS = 6_000
/** Many at once as long as they fit, and then fewer and fewer, until not one more does. */
const STEPS = [10_000, 1_000, 100, 10, 1]
const MOST = 400_000

/** Throws when the file takes more than it may. */
export async function fillUp(world: World, document: string): Promise<void> {
  await using line = new Line(world, document)
  const client = someClient()
  let clock = 0
  for (const count of STEPS) {
    for (;;) {
      const pieces = letters(count, (index): Piece => {
        const before = clock + index - 1
        return before < 0 ? { text: 'a' } : { text: 'a', right: [client, before] }
      })
      if ((await line.send(forged([{ client, clock, pieces }]))) === 'full') break
      clock += count
      await must(clock < MOST, 'it took them all')
    }
  }
}

/** One socket after the other. What is sent over one that ends before its answer is sent again: twice is as once. */
class Line implements AsyncDisposable {
  readonly #world: World
  readonly #document: string
  #open: { readonly socket: RawSocket; readonly since: number } | null = null

  constructor(world: World, document: string) {
    this.#world = world
    this.#document = document
  }

  async send(update: Uint8Array): Promise<'taken' | 'full'> {
    for (;;) {
      const socket = await this.#socket()
      const answered = answers(socket)
      socket.update(this.#document, update)
      await soon(() => answers(socket) > answered || socket.ended !== null, 'no answer', 30_000)
      if (answers(socket) === answered) continue
      const status = socket.heard.findLast((one) => one.what === 'status')
      if (status?.saved === true) return 'taken'
      await soon(() => saysFull(socket), `was not full, but ${socket.summary()}`)
      return 'full'
    }
  }

  async #socket(): Promise<RawSocket> {
    const { socket, since = 0 } = this.#open ?? {}
    if (socket?.ended === null && Date.now() - since < SOCKET_MS) return socket
    socket?.close()
    const next = await this.#world.joined('builder', this.#document)
    // What it has offered on joining is answered before anything else.
    await soon(() => answers(next) > 0, 'no answer to what was offered')
    this.#open = { socket: next, since: Date.now() }
    return next
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#open?.socket.close()
    return Promise.resolve()
  }
}

const answers = (socket: RawSocket): number =>
  socket.heard.filter((one) => one.what === 'status').length

const saysFull = (socket: RawSocket): boolean =>
  socket.heard.some(
    (one) =>
      one.what === 'told' && one.message.type === 'verdict' && one.message.rule === 'file:pieces',
  )
