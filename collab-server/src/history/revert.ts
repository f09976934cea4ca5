/** Makes a file read as it did at an earlier point: a forward transaction, judged like typing. */
import type { Commander } from '@relpin/authority/actors.ts'
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { textOf } from '../live-documents.ts'
import type { ResolveContext } from '../proposals/resolve.ts'
import { pathConflict } from '../tree.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { readGone } from './deleted-files.ts'
import { goBack } from './go-back.ts'
import { momentWords } from './moment-words.ts'
import { Origins } from './origins.ts'
import { readFacts, readPoint } from './past.ts'
import { planRevert } from './plan-revert.ts'
import { writerOf } from './writer-of.ts'

export async function revertFile(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  fileId: string,
  seq: number,
): Promise<UndoResponse> {
  const name = fileDocument(fileId)
  // What is long past changes no more, so nobody waits while it is read.
  const then = await readPoint(context.sql, name, seq)
  if (!then) return { outcome: 'not-found' }
  if (!placeOf(state, fileId)) await readGone(context.sql, state.tree)
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    const origins = new Origins((await readFacts(context.sql, name)).map((row) => row.cause))
    const there = placeOf(state, fileId)
    if (there?.pending) return { outcome: 'not-found' }
    // What was deleted comes back with its id, and so with its past.
    const gone = there ? null : await formerEntry(context, state, fileId)
    const path = there?.path ?? gone?.path
    if (path === undefined) return { outcome: 'not-found' }
    const conflict = gone && pathConflict(state.tree.doc, path, fileId)
    if (conflict) return { outcome: 'nothing', why: `${path} cannot come back: ${conflict}` }
    await using held = await context.documents.open(name)
    const already = textOf(held.live).toString() === then.doc.getText(TEXT_ROOT).toString()
    const moment = momentWords(then.at)
    const nothing = {
      outcome: 'nothing',
      why: `${path} reads just as it did ${moment}.`,
    } as const
    if (already && !gone) return nothing
    const verdict = await goBack(context, {
      actor,
      state,
      action: 'file.revert',
      target: `${path} · as it was ${moment}`,
      title: gone ? `Bring back ${path}` : `Revert ${path} to ${moment}`,
      documents: [
        {
          live: held.live,
          steps: planRevert(held.live.doc, then.doc, origins, writerOf(held.live)),
        },
      ],
      tree: gone ? [{ kind: 'restore', fileId, path, content: { kind: 'text' } }] : [],
      causeOf: (restored) => ({ kind: 'revert', seq: then.seq, restored }),
    })
    return verdict ? { outcome: 'done', verdict, left: [] } : nothing
  })
}

/** What a deleted text file was at last; `null` when there never was one. */
async function formerEntry(
  { sql }: ResolveContext,
  state: WorkspaceState,
  fileId: string,
): Promise<TreeEntry | null> {
  const entry = (await readGone(sql, state.tree)).get(fileId)?.entry
  return entry?.kind === 'text' ? entry : null
}
