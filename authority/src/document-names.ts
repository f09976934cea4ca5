/** Names of live documents. Ids are opaque, so a path never appears in a name. */

export type DocumentName =
  | { readonly kind: 'tree'; readonly workspaceId: string }
  | { readonly kind: 'file'; readonly fileId: string }
  | { readonly kind: 'branch'; readonly proposerId: string; readonly fileId: string }

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const TREE = new RegExp(`^tree/(${ID})$`)
const FILE = new RegExp(`^file/(${ID})$`)
const BRANCH = new RegExp(`^branch/(${ID})/(${ID})$`)

export const treeDocument = (workspaceId: string): string => `tree/${workspaceId}`
export const fileDocument = (fileId: string): string => `file/${fileId}`
export const branchDocument = (proposer: string, fileId: string): string =>
  `branch/${proposer}/${fileId}`

/** `null` for anything that is not exactly one of the three forms. */
export function parseDocumentName(name: string): DocumentName | null {
  const tree = TREE.exec(name)
  if (tree?.[1]) return { kind: 'tree', workspaceId: tree[1] }
  const file = FILE.exec(name)
  if (file?.[1]) return { kind: 'file', fileId: file[1] }
  const branch = BRANCH.exec(name)
  if (branch?.[1] && branch[2]) return { kind: 'branch', proposerId: branch[1], fileId: branch[2] }
  return null
}

/** The shared type of a file or branch document, and of a tree document. */
export const TEXT_ROOT = 'text'
export const TREE_ROOT = 'files'
