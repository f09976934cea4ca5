/** The open hunks of a file as somebody knows them who hears what the server tells. */
import type { PendingHunk, ServerMessage } from './contracts/collab.ts'

/** The same list when the message says nothing about hunks. */
export function pendingAfter(
  known: readonly PendingHunk[],
  message: ServerMessage,
): readonly PendingHunk[] {
  if (message.type === 'pending') return message.hunks
  if (message.type !== 'pending-change') return known
  const changed = new Map(message.changed.map((hunk) => [hunk.digest, hunk]))
  const removed = new Set(message.removed)
  const kept = known.filter(({ digest }) => !removed.has(digest))
  const old = new Set(kept.map(({ digest }) => digest))
  return [
    ...kept.map((hunk) => changed.get(hunk.digest) ?? hunk),
    ...message.changed.filter(({ digest }) => !old.has(digest)),
  ]
}
