/** Pending creates, renames and deletes as hunks: what they look like to a reviewer, and the digest that names them. */
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import { createHash } from 'node:crypto'

/**
 * `text` is what the file would hold; part of the digest, so that approving a new file approves its text. `bound` is
 * the digest of what a file holds that is deleted, or gets a name of another class: approving that approves it for
 * this text.
 */
export function treeHunkDigest(hunk: TreeHunk, text: string, bound?: string): string {
  return createHash('sha256')
    .update(
      JSON.stringify({ file: hunk.fileId, path: hunk.path, detail: hunk.detail, text, bound }),
    )
    .digest('hex')
}

/** `text` is the proposed text of a new text file, and null for everything else. */
export function describeTreeHunk(
  hunk: TreeHunk,
  patch: string,
  text: string | null,
  bound?: string,
): Hunk {
  const common = {
    digest: treeHunkDigest(hunk, text ?? '', bound),
    patch,
    fileId: hunk.fileId,
    path: hunk.path,
    marks: [],
  }
  switch (hunk.detail.kind) {
    case 'create':
      return { ...common, change: { kind: 'create', text } }
    case 'rename':
      return { ...common, change: { kind: 'rename', to: hunk.detail.to } }
    case 'delete':
      return { ...common, change: { kind: 'delete' } }
  }
}
