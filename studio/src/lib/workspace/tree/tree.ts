/** The flat tree document as nested folders, and the rows that are in sight: pure, so that it can be tested. */
import type { PendingFile, TreeEntry } from '@relpin/authority/contracts/collab.ts'

/** What waits for approval about one file. `hunks` counts the open pieces of text. */
type PendingMark =
  | { readonly kind: 'text'; readonly hunks: number }
  | { readonly kind: 'create' }
  | { readonly kind: 'rename'; readonly to: string }
  | { readonly kind: 'delete' }

export type TreeFile = {
  readonly kind: 'file'
  readonly id: string
  readonly path: string
  readonly name: string
  readonly depth: number
  /** `null` for a file that exists only in a proposal. */
  readonly entry: TreeEntry | null
  readonly pending: PendingMark | null
}
type TreeFolder = {
  readonly kind: 'folder'
  readonly path: string
  readonly name: string
  readonly depth: number
  readonly children: readonly TreeNode[]
}
export type TreeNode = TreeFile | TreeFolder

type Entries = ReadonlyMap<string, TreeEntry>
export const NO_ENTRIES: Entries = new Map()

/** The entries as they are now; the live map goes on changing. */
export function copyOf(live: Iterable<[string, TreeEntry]>): Entries {
  return new Map(live)
}

/** Files of main, and those that are only proposed. */
export function idsByPath(
  entries: Entries,
  pending: readonly PendingFile[],
): ReadonlyMap<string, string> {
  const proposed = pending.filter((file) => file.change === 'create')
  return new Map([
    ...proposed.map((file) => [file.path, file.fileId] as const),
    ...[...entries].map(([id, entry]) => [entry.path, id] as const),
  ])
}

type Draft = { files: TreeFile[]; folders: Map<string, Draft> }

/** Folders before files, both by name; folders exist because something lies in them. */
export function buildTree(
  entries: Iterable<readonly [string, TreeEntry]>,
  pending: readonly PendingFile[],
): readonly TreeNode[] {
  const marks = pendingMarks(pending)
  const root: Draft = { files: [], folders: new Map() }
  const known = new Set<string>()
  for (const [id, entry] of entries) {
    known.add(id)
    place(root, id, entry.path, entry, marks.get(id) ?? null)
  }
  for (const file of pending) {
    if (file.change !== 'create' || known.has(file.fileId)) continue
    known.add(file.fileId)
    place(root, file.fileId, file.path, null, { kind: 'create' })
  }
  return settle(root, '', 0)
}

/** The strongest mark of each file: a pending delete says more than a pending line. */
export function pendingMarks(pending: readonly PendingFile[]): Map<string, PendingMark> {
  const marks = new Map<string, PendingMark>()
  for (const file of pending) {
    const before = marks.get(file.fileId)
    if (file.change === 'text') {
      const hunks = file.hunks + (before?.kind === 'text' ? before.hunks : 0)
      if (!before || before.kind === 'text') marks.set(file.fileId, { kind: 'text', hunks })
    } else if (file.change === 'rename') {
      if (before?.kind !== 'delete') {
        marks.set(file.fileId, { kind: 'rename', to: file.to ?? file.path })
      }
    } else {
      marks.set(file.fileId, { kind: file.change })
    }
  }
  return marks
}

/** "2 pending", "new, pending": the words beside a file's name. */
export function markWords(mark: PendingMark): string {
  switch (mark.kind) {
    case 'text':
      return `${mark.hunks} pending`
    case 'create':
      return 'new, pending'
    case 'rename':
      return `→ ${fileName(mark.to)}, pending`
    case 'delete':
      return 'delete, pending'
  }
}

/** Depth first, leaving out what lies in folded folders. */
export function visibleRows(
  nodes: readonly TreeNode[],
  isFolded: (folder: string) => boolean,
): TreeNode[] {
  return nodes.flatMap((node) =>
    node.kind === 'folder' && !isFolded(node.path)
      ? [node, ...visibleRows(node.children, isFolded)]
      : [node],
  )
}

/** `src/lib/a.ts` -> `['src', 'src/lib']`. */
export function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function place(
  root: Draft,
  id: string,
  path: string,
  entry: TreeEntry | null,
  pending: PendingMark | null,
): void {
  const names = path.split('/')
  const name = names.pop() ?? path
  let folder = root
  for (const part of names) {
    let next = folder.folders.get(part)
    if (!next) folder.folders.set(part, (next = { files: [], folders: new Map() }))
    folder = next
  }
  folder.files.push({ kind: 'file', id, path, name, depth: names.length, entry, pending })
}

function settle(draft: Draft, path: string, depth: number): TreeNode[] {
  const byName = (a: { name: string }, b: { name: string }): number => compareNames(a.name, b.name)
  const folders = [...draft.folders].map(([name, inner]): TreeFolder => {
    const own = path === '' ? name : `${path}/${name}`
    return { kind: 'folder', path: own, name, depth, children: settle(inner, own, depth + 1) }
  })
  return [...folders.sort(byName), ...draft.files.sort(byName)]
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1)
}
