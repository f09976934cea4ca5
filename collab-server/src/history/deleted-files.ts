/** The files that are in main no more: what each was at last, when it went and by whose hand, from the tree's own past. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import { TREE_ROOT } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import type { LiveDocument } from '../live-documents.ts'
import { inPieces, readOnward } from './past.ts'

type GoneFile = {
  readonly fileId: string
  readonly entry: TreeEntry
  readonly at: Date
  readonly author: Author
}

/** By file id, earliest first. */
export type Gone = ReadonlyMap<string, GoneFile>

type Known = { readonly gone: Gone; readonly seq: number }

/** What was read of each tree that is served here, so that nobody reads the same past twice. */
const read = new WeakMap<LiveDocument, Promise<Known>>()

/** What came back since is not among them. All that is committed when this is asked for is read. */
export async function readGone(sql: Sql, tree: LiveDocument): Promise<Gone> {
  const settled = Math.min(tree.nextSeq, ...tree.inFlight) - 1
  const before = read.get(tree) ?? Promise.resolve({ gone: new Map(), seq: 0 })
  const now = before.then((known) => readOn(sql, tree.name, known, settled))
  // A reading that failed is begun again where the one before it ended.
  read.set(
    tree,
    now.catch(() => before),
  )
  return (await now).gone
}

async function readOn(sql: Sql, name: string, known: Known, settled: number): Promise<Known> {
  if (known.seq >= settled) return known
  const { replica, rows } = await readOnward(sql, name, known.seq + 1)
  const wanted = rows.filter((row) => row.seq <= settled)
  const gone = await goneAfter(known.gone, replica, wanted)
  replica.destroy()
  return { gone, seq: settled }
}

/** `tree` is the tree before the rows, and gets all of them. */
export async function goneAfter(
  before: Gone,
  tree: Y.Doc,
  rows: readonly StoredRow[],
): Promise<Gone> {
  const gone = new Map(before)
  let current: StoredRow | undefined
  tree.getMap<TreeEntry>(TREE_ROOT).observe((event) => {
    if (!current) return
    const { at, author } = current
    for (const [fileId, change] of event.changes.keys) {
      gone.delete(fileId)
      if (change.action !== 'delete') continue
      gone.set(fileId, { fileId, entry: change.oldValue as TreeEntry, at, author })
    }
  })
  for await (const some of inPieces(rows)) {
    for (current of some) Y.applyUpdate(tree, current.bytes)
  }
  return gone
}
