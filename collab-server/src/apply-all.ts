/** Applies what was admitted before: out of the log on loading, or right after its commit. */
import * as Y from 'yjs'
import { ADMITTED_ORIGIN } from './live-documents.ts'

/**
 * One by one in their order, as they were admitted: merging them first is slower by far, and where two updates carry
 * the same ids it may keep what the door did not admit.
 */
export function applyAll(doc: Y.Doc, updates: readonly Uint8Array[]): void {
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update, ADMITTED_ORIGIN)
  }, ADMITTED_ORIGIN)
}
