/** What the server holds of a document, as far as this client knows: everything received, and of its own only what was committed. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

/** Stands in the queue for everything that was offered when the channel was joined. */
const JOINING = Symbol('joining')

export class SavedText {
  readonly #saved = new Y.Doc()
  /** What the server has not answered, oldest first. */
  #sent: (Uint8Array | typeof JOINING)[] = []
  /** Own updates that went with the joining of the channel, because an earlier channel lost them. */
  #offered: Uint8Array[] = []
  #unsynced = 0
  readonly #stop: () => void

  /** `isRemote` tells the server's updates from one's own, by their origin. */
  constructor(doc: Y.Doc, isRemote: (origin: unknown) => boolean) {
    const listen = (update: Uint8Array, origin: unknown): void => {
      if (isRemote(origin)) Y.applyUpdate(this.#saved, update)
      else this.#sent.push(update)
    }
    doc.on('update', listen)
    this.#stop = () => doc.off('update', listen)
  }

  /** A channel opens: what was not answered before is offered again. */
  opened(): void {
    this.#offered.push(...this.#sent.filter((update) => update !== JOINING))
    this.#sent = []
  }

  /** The server has told what it holds, and is now told what it lacks. */
  joined(): void {
    this.#sent.push(JOINING)
  }

  /** The provider's count of unanswered changes. Answers come in the order of the changes, one each. */
  count(unsynced: number): void {
    const answered = unsynced === 0 ? this.#sent.length : unsynced === this.#unsynced - 1 ? 1 : 0
    this.#unsynced = unsynced
    for (const update of this.#sent.splice(0, answered)) {
      if (update !== JOINING) Y.applyUpdate(this.#saved, update)
      else for (const earlier of this.#offered.splice(0)) Y.applyUpdate(this.#saved, earlier)
    }
    if (unsynced === 0)
      for (const earlier of this.#offered.splice(0)) Y.applyUpdate(this.#saved, earlier)
  }

  get text(): string {
    return this.#saved.getText(TEXT_ROOT).toString()
  }

  destroy(): void {
    this.#stop()
    this.#sent = []
    this.#offered = []
    this.#saved.destroy()
  }
}
