/** What one patch did to the file tree, and what takes it back as the tree stands now. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import * as Y from 'yjs'
import type { DeletePart, RenamePart, RestorePart } from '../admission.ts'
import { entriesOf, entryOf, pathConflict } from '../tree.ts'

/** One file before and after a patch; `null` where there was none. */
type TreeDone = { readonly before: TreeEntry | null; readonly after: TreeEntry | null }

/** `tree` is the tree before the rows, and gets all of them. By file id. */
export function doneToTree(
  tree: Y.Doc,
  rows: readonly StoredRow[],
  patchId: string,
): ReadonlyMap<string, TreeDone> {
  const done = new Map<string, TreeDone>()
  for (const row of rows) {
    if (row.author.patchId !== patchId) {
      Y.applyUpdate(tree, row.bytes)
      continue
    }
    const before = new Map(entriesOf(tree))
    Y.applyUpdate(tree, row.bytes)
    const after = new Map(entriesOf(tree))
    for (const fileId of new Set([...before.keys(), ...after.keys()])) {
      const change = { before: before.get(fileId) ?? null, after: after.get(fileId) ?? null }
      if (JSON.stringify(change.before) === JSON.stringify(change.after)) continue
      done.set(fileId, { before: done.get(fileId)?.before ?? change.before, after: change.after })
    }
  }
  return done
}

export type TreeUndo = {
  readonly parts: readonly (DeletePart | RenamePart | RestorePart)[]
  /** Why something stays as it is, in sentences for people. */
  readonly left: readonly string[]
}

/** `othersWrote` says of a file that the patch created whether somebody else has worked in it since. */
export function planTreeUndo(
  tree: Y.Doc,
  done: ReadonlyMap<string, TreeDone>,
  othersWrote: (fileId: string) => boolean,
): TreeUndo {
  const parts: (DeletePart | RenamePart | RestorePart)[] = []
  const left: string[] = []
  const taken = new Set<string>()
  const blocked = (path: string, fileId: string): boolean => {
    const why = taken.has(path) ? `There is already a file named ${path}.` : null
    const conflict = why ?? pathConflict(tree, path, fileId)
    if (conflict) left.push(`${path} was not put back: ${conflict}`)
    else taken.add(path)
    return conflict !== null
  }
  for (const [fileId, { before, after }] of done) {
    const now = entryOf(tree, fileId)
    if (!before && after && now) {
      if (othersWrote(fileId))
        left.push(`${now.path} stays, because others have written in it since.`)
      else parts.push({ kind: 'delete', fileId, path: now.path })
    }
    if (before && !after && !now && !blocked(before.path, fileId)) {
      parts.push(restorePart(fileId, before))
    }
    if (before && after && before.path !== after.path && now?.path === after.path) {
      if (!blocked(before.path, fileId))
        parts.push({ kind: 'rename', fileId, from: now.path, to: before.path })
    }
  }
  return { parts, left }
}

/** Puts a file back as it was: a text under its own id still has its text, a binary is named by its digest. */
export function restorePart(fileId: string, { path, ...was }: TreeEntry): RestorePart {
  const content =
    was.kind === 'text'
      ? ({ kind: 'text' } as const)
      : ({ kind: 'binary', sha256: was.sha256 ?? '', size: was.size ?? 0 } as const)
  return { kind: 'restore', fileId, path, content }
}
