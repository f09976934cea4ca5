/** Who wrote the file in front, as state: blocks of lines for the gutter, and the hand behind one place in the text. */
import type { FileSession } from '#lib/workspace/file-session.svelte.ts'
import type { Workspace } from '#lib/workspace/workspace.svelte.ts'
import { SvelteMap } from 'svelte/reactivity'
import { askBlame, askHands } from '#lib/history/history-api.ts'
import { AfterPaint } from '../after-paint.ts'
import { faceKey, type ShownHand } from './hand.ts'
import { Hands } from './hands.ts'
import { authorsByLine, blocksOf, type Block, type LineAuthors } from './line-authors.ts'
import { runAt, runsOf, type Run } from './runs.ts'
import { Times } from './times.ts'

export type HandBlock = Block<ShownHand>
export type HandNote = { readonly hand: ShownHand; readonly at: string | null }

type File = { readonly hands: Hands; readonly times: Times }

export class Attribution {
  blocks: readonly HandBlock[] = $state.raw([])

  readonly #workspace: Workspace
  readonly #files = new SvelteMap<string, File>()
  #session: FileSession | null = null
  #lines: readonly LineAuthors<ShownHand>[] = []
  readonly #reading = new AfterPaint(() => this.#read())
  #stop = (): void => undefined

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** The file in front; again whenever its document was exchanged. `null` shows nothing. */
  follow(session: FileSession | null): void {
    this.#stop()
    this.#session = session
    if (!session?.model) {
      this.blocks = []
      this.#stop = () => undefined
      return
    }
    const { text } = session
    const { shared } = session.presence
    const soon = (): void => this.#reading.soon()
    text.observe(soon)
    shared?.on('update', soon)
    const deaf = this.hands(session.fileId).onNews(soon)
    this.#stop = () => {
      text.unobserve(soon)
      shared?.off('update', soon)
      deaf()
      this.#reading.cancel()
    }
    this.#reading.now()
  }

  /** Reads the authors off the text as it is now. */
  #read(): void {
    if (!this.#session) return
    this.#lines = authorsByLine(this.#runs(), (run) => this.#handOf(run))
    this.blocks = blocksOf(this.#lines, faceKey)
  }

  /** Whose the client ids of a file are. */
  hands(fileId: string): Hands {
    return this.#file(fileId).hands
  }

  /** Everybody who wrote in a line (from 1), and when last; who wrote most of it first. */
  async ofLine(line: number): Promise<readonly HandNote[]> {
    const session = this.#session
    if (!session) return []
    const hands = this.#lines[line - 1] ?? []
    const text = session.text.toString()
    const from = text.split('\n', line - 1).join('\n').length + (line > 1 ? 1 : 0)
    const end = text.indexOf('\n', from)
    return this.#withTimes(session, hands, text, from, end < 0 ? text.length : end)
  }

  /** The hand that wrote the character at `offset`. */
  async at(offset: number): Promise<HandNote | null> {
    const session = this.#session
    const found = session && runAt(this.#runs(), offset)
    const hand = found && this.#handOf(found.run)
    if (!hand) return null
    const text = session.text.toString()
    return (await this.#withTimes(session, [hand], text, offset, offset + 1))[0] ?? null
  }

  destroy(): void {
    this.#stop()
    for (const { hands } of this.#files.values()) hands.destroy()
  }

  #runs(): Run[] {
    const session = this.#session
    return session ? runsOf(session.text, session.presence.shared) : []
  }

  #handOf(run: Run): ShownHand | null {
    const session = this.#session
    if (!session) return null
    const { hands } = this.#file(session.fileId)
    // In a branch of one's own all that waits is one's own; and so is what one types right now.
    if (run.pending || run.client === session.text.doc?.clientID) {
      const { id, name, hue } = this.#workspace.me.member
      return hands.typed({ id, name, hue }, run.pending)
    }
    return hands.of(run.client)
  }

  async #withTimes(
    session: FileSession,
    hands: readonly ShownHand[],
    text: string,
    from: number,
    to: number,
  ): Promise<readonly HandNote[]> {
    const { times } = this.#file(session.fileId)
    if (hands.some(({ pending }) => !pending)) await times.load(text)
    return hands.map((hand) => ({
      hand,
      at: hand.pending ? null : times.latest(text, from, to, hand),
    }))
  }

  #file(fileId: string): File {
    const known = this.#files.get(fileId)
    if (known) return known
    const place = { app: this.#workspace.app.slug, fileId }
    const file = {
      hands: new Hands(() => askHands(place)),
      times: new Times(() => askBlame(place)),
    }
    this.#files.set(fileId, file)
    return file
  }
}
