/** Takes back what one patch did, in every file it touched, and keeps everyone's later work. */
import type { Commander } from '@relpin/authority/actors.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import { fileDocument, treeDocument } from '@relpin/authority/document-names.ts'
import { landedDocuments } from '@relpin/db/hunks.ts'
import { findPatch, type PatchRow } from '@relpin/db/patches.ts'
import type { Held } from '../live-documents.ts'
import type { ResolveContext } from '../proposals/resolve.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import type { RowFacts } from './facts.ts'
import { goBack, type Rewritten } from './go-back.ts'
import { Origins } from './origins.ts'
import { readFacts, readOnward } from './past.ts'
import { doneByPatch, planUndo } from './plan-undo.ts'
import { doneToTree, planTreeUndo, type TreeUndo } from './undo-tree.ts'
import { writerOf } from './writer-of.ts'

/** `shortId` names the patch. */
export async function undoPatch(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  shortId: string,
): Promise<UndoResponse> {
  const patch = await findPatch(context.sql, state.workspace.id, shortId)
  if (!patch) return { outcome: 'not-found' }
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    const held: Held[] = []
    try {
      return await undoAlone(context, state, actor, patch, held)
    } finally {
      for (const one of held) await one[Symbol.asyncDispose]()
    }
  })
}

async function undoAlone(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  patch: PatchRow,
  held: Held[],
): Promise<UndoResponse> {
  const documents = await landedDocuments(context.sql, patch.id)
  if (documents.length === 0) {
    const why = `Nothing of patch ${patch.shortId} has landed, so there is nothing to take back.`
    return { outcome: 'nothing', why }
  }
  const tree = await undoTree(context, state, patch, documents)
  const gone = new Set(tree.parts.flatMap((one) => (one.kind === 'delete' ? [one.fileId] : [])))
  const back = new Set(tree.parts.flatMap((one) => (one.kind === 'restore' ? [one.fileId] : [])))
  const rewritten: Rewritten[] = []
  const left = [...tree.left]
  for (const name of documents) {
    const fileId = name.startsWith('file/') ? name.slice('file/'.length) : null
    if (fileId === null || gone.has(fileId)) continue
    const place = placeOf(state, fileId)
    if ((!place || place.pending) && !back.has(fileId)) {
      left.push('A file that it changed was deleted since, and stays so.')
      continue
    }
    const one = await context.documents.open(name)
    held.push(one)
    const text = await undoText(context, one, patch.id)
    if (text) rewritten.push(text)
  }
  const verdict = await goBack(context, {
    actor,
    state,
    action: 'patch.undo',
    target: `patch:${patch.shortId} · ${patch.title}`,
    title: `Undo ${patch.shortId}: ${patch.title}`,
    documents: rewritten,
    tree: tree.parts,
    causeOf: (restored) => ({ kind: 'undo', patch: patch.shortId, restored }),
  })
  if (verdict) return { outcome: 'done', verdict, left }
  const why = `Nothing of patch ${patch.shortId} is left to take back.`
  return { outcome: 'nothing', why: [why, ...left].join(' ') }
}

async function undoText(
  { sql }: ResolveContext,
  { live }: Held,
  patchId: string,
): Promise<Rewritten | null> {
  const facts = await readFacts(sql, live.name)
  const first = facts.find((row) => row.author.patchId === patchId)
  if (!first) return null
  const origins = new Origins(facts.map((row) => row.cause))
  const { replica, rows } = await readOnward(sql, live.name, first.seq)
  const done = doneByPatch(replica, rows, patchId, origins)
  replica.destroy()
  if (!done) return null
  return { live, steps: planUndo(live.doc, done, origins, writerOf(live)) }
}

async function undoTree(
  { sql }: ResolveContext,
  state: WorkspaceState,
  patch: PatchRow,
  documents: readonly string[],
): Promise<TreeUndo> {
  const name = treeDocument(state.workspace.id)
  if (!documents.includes(name)) return { parts: [], left: [] }
  const first = (await readFacts(sql, name)).find((row) => row.author.patchId === patch.id)
  const { replica, rows } = await readOnward(sql, name, first?.seq ?? 1)
  const done = doneToTree(replica, rows, patch.id)
  replica.destroy()
  const others = new Set<string>()
  for (const [fileId, { before }] of done) {
    if (before) continue
    const facts = await readFacts(sql, fileDocument(fileId))
    if (facts.some((row) => wroteBeside(row, patch.id))) others.add(fileId)
  }
  return planTreeUndo(state.tree.doc, done, (fileId) => others.has(fileId))
}

const wroteBeside = (row: RowFacts, patchId: string): boolean =>
  row.author.patchId !== patchId && (row.ids.length > 0 || row.deleted > 0)
