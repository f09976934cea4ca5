/** What one session has read, so that a whole-file write is built on what the model saw and not on what it never knew. */

type SeenText = {
  readonly document: string
  /** The Yjs state whose text the model was shown. */
  readonly state: Uint8Array
  readonly text: string
}

/** States of this many bytes are kept; the longest unused go first. */
const MAX_BYTES = 16 * 1024 * 1024

export type SeenTexts = {
  readonly get: (path: string) => SeenText | null
  readonly put: (path: string, seen: SeenText) => void
}

export function seenTexts(): SeenTexts {
  const byPath = new Map<string, SeenText>()
  let bytes = 0
  const drop = (path: string): void => {
    bytes -= byPath.get(path)?.state.length ?? 0
    byPath.delete(path)
  }
  return {
    get: (path) => byPath.get(path) ?? null,
    put: (path, seen) => {
      drop(path)
      byPath.set(path, seen)
      bytes += seen.state.length
      for (const oldest of byPath.keys()) {
        if (bytes <= MAX_BYTES || byPath.size === 1) break
        drop(oldest)
      }
    },
  }
}
