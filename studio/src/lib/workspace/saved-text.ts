/** What the server holds of a document, as far as this client knows: everything received, and of its own only what was committed. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

export class SavedText {
  readonly #saved = new Y.Doc()
  /** Own updates that the server has not answered, oldest first. */
  #sent: Uint8Array[] = []
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

  /** The provider's count of unanswered changes. Answers come in the order of the changes, one each. */
  count(unsynced: number): void {
    const answered = unsynced === 0 ? this.#sent.length : unsynced === this.#unsynced - 1 ? 1 : 0
    this.#unsynced = unsynced
    for (const update of this.#sent.splice(0, answered)) Y.applyUpdate(this.#saved, update)
  }

  get text(): string {
    return this.#saved.getText(TEXT_ROOT).toString()
  }

  destroy(): void {
    this.#stop()
    this.#sent = []
    this.#saved.destroy()
  }
}
