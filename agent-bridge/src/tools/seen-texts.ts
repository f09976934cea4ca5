/** What one session knows of each file, so that a whole-file write is built on what the model saw. */
import type { IdRange, Transaction } from './edit-to-transaction.ts'
import { knownAfter, knownFrom, type KnownText } from './known-text.ts'

/** About this many bytes are kept; the longest unused go first. */
const MAX_BYTES = 16 * 1024 * 1024

type Seen = { readonly known: () => KnownText; readonly bytes: number }

/** By file id, so that what was read stays known when the file gets another name. */
export type SeenTexts = {
  readonly get: (fileId: string) => KnownText | null
  /** The model was shown the text of this Yjs state. */
  readonly shown: (fileId: string, state: Uint8Array) => void
  /** The model wrote this, and meant to remove these. Of a file that it never read it knows nothing still. */
  readonly wrote: (fileId: string, own: Transaction, removed?: readonly IdRange[]) => void
}

export function seenTexts(): SeenTexts {
  const byFile = new Map<string, Seen>()
  let bytes = 0
  const drop = (fileId: string): void => {
    bytes -= byFile.get(fileId)?.bytes ?? 0
    byFile.delete(fileId)
  }
  const put = (fileId: string, size: number, work: () => KnownText): void => {
    drop(fileId)
    // Most of what is read is never written whole, so it is only taken apart when somebody asks.
    let known: KnownText | null = null
    byFile.set(fileId, { known: () => (known ??= work()), bytes: size })
    bytes += size
    for (const oldest of byFile.keys()) {
      if (bytes <= MAX_BYTES || byFile.size === 1) break
      drop(oldest)
    }
  }
  return {
    get: (fileId) => byFile.get(fileId)?.known() ?? null,
    shown: (fileId, state) => put(fileId, state.length, () => knownFrom(state)),
    wrote: (fileId, own, removed = []) => {
      const before = byFile.get(fileId)
      if (before) put(fileId, own.state.length, () => knownAfter(before.known(), own, removed))
    },
  }
}
