/** The files that are in main no more: what each was at last, when it went and by whose hand, from the tree's own past. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import { TREE_ROOT, treeDocument } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { readOnward } from './past.ts'

export type GoneFile = {
  readonly fileId: string
  readonly entry: TreeEntry
  readonly at: Date
  readonly author: Author
}

/** Latest first. What came back since is not among them. */
export async function readGone(sql: Sql, workspaceId: string): Promise<readonly GoneFile[]> {
  const { replica, rows } = await readOnward(sql, treeDocument(workspaceId), 1)
  const files = replica.getMap<TreeEntry>(TREE_ROOT)
  const gone = new Map<string, GoneFile>()
  for (const { bytes, at, author } of rows) {
    const listen = (event: Y.YMapEvent<TreeEntry>): void => {
      for (const [fileId, change] of event.changes.keys) {
        gone.delete(fileId)
        if (change.action !== 'delete') continue
        gone.set(fileId, { fileId, entry: change.oldValue as TreeEntry, at, author })
      }
    }
    files.observe(listen)
    Y.applyUpdate(replica, bytes)
    files.unobserve(listen)
  }
  replica.destroy()
  return [...gone.values()].reverse()
}
