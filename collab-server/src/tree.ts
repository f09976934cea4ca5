/** The tree document of a workspace: which files there are and what they are called. Only the door changes it. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import { TREE_ROOT } from '@relpin/authority/document-names.ts'
import type * as Y from 'yjs'
import { author, copyOf } from './proposals/rebase.ts'

export type TreeChange =
  { readonly set: string; readonly entry: TreeEntry } | { readonly remove: string }

const filesOf = (tree: Y.Doc): Y.Map<TreeEntry> => tree.getMap<TreeEntry>(TREE_ROOT)

export function entryOf(tree: Y.Doc, fileId: string): TreeEntry | undefined {
  return filesOf(tree).get(fileId)
}

export function* entriesOf(tree: Y.Doc): Generator<readonly [fileId: string, TreeEntry]> {
  yield* filesOf(tree).entries()
}

export function findByPath(
  tree: Y.Doc,
  path: string,
): { readonly fileId: string; readonly entry: TreeEntry } | null {
  for (const [fileId, entry] of filesOf(tree).entries())
    if (entry.path === path) return { fileId, entry }
  return null
}

/** A file cannot lie where another file or folder is: the reason as a sentence, or `null`. */
export function pathConflict(tree: Y.Doc, path: string, except?: string): string | null {
  for (const [fileId, entry] of filesOf(tree).entries()) {
    if (fileId === except) continue
    if (entry.path === path) return `There is already a file named ${path}. Choose another name.`
    if (entry.path.startsWith(`${path}/`)) return `${path} is a folder. Choose another name.`
    if (path.startsWith(`${entry.path}/`))
      return `${entry.path} is a file, so nothing can lie in it.`
  }
  return null
}

/** One transaction with these changes, built on the tree as it stands; the tree itself is not touched. */
export function treeUpdate(tree: Y.Doc, changes: readonly TreeChange[]): Uint8Array | null {
  const copy = copyOf(tree)
  return author(copy, () => {
    const files = filesOf(copy)
    for (const change of changes) {
      if ('set' in change) files.set(change.set, change.entry)
      else files.delete(change.remove)
    }
  })
}
