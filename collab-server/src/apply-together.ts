/** Applies what the door admitted: everything of one turn in one transaction, so that it is encoded and sent once. */
import type * as Y from 'yjs'
import { applyAll } from './apply-all.ts'

type Turn = { readonly updates: Uint8Array[]; readonly applied: Promise<void> }

const turns = new WeakMap<Y.Doc, Turn>()

/** Resolves when the document has the update. Call it in the order of the log, right after the commit. */
export function applyTogether(doc: Y.Doc, update: Uint8Array): Promise<void> {
  const turn = turns.get(doc)
  if (turn) {
    turn.updates.push(update)
    return turn.applied
  }
  const updates = [update]
  const applied = new Promise<void>((resolve, reject) => {
    // All whom one commit has served are told in a row of promises; the next tick begins when all of them ran.
    process.nextTick(() => {
      turns.delete(doc)
      try {
        applyAll(doc, updates)
        resolve()
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })
  turns.set(doc, { updates, applied })
  return applied
}
