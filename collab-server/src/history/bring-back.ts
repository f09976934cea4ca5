/** Puts a deleted file back as it was at last: a patch of its own, judged like making the file. */
import type { Commander } from '@relpin/authority/actors.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import type { ResolveContext } from '../proposals/resolve.ts'
import { pathConflict } from '../tree.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { readGone } from './deleted-files.ts'
import { goBack } from './go-back.ts'
import { restorePart } from './undo-tree.ts'

export async function bringBack(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  fileId: string,
): Promise<UndoResponse> {
  // Most of what is long past is read before anybody waits.
  await readGone(context.sql, state.tree)
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    const there = placeOf(state, fileId)
    if (there) return { outcome: 'nothing', why: `${there.path} is there, or waits to be.` }
    const entry = (await readGone(context.sql, state.tree)).get(fileId)?.entry
    if (!entry) return { outcome: 'not-found' }
    const { path } = entry
    const conflict = pathConflict(state.tree.doc, path, fileId)
    if (conflict) return { outcome: 'nothing', why: `${path} cannot come back: ${conflict}` }
    const verdict = await goBack(context, {
      actor,
      state,
      action: 'file.revert',
      target: `${path} · as it was at last`,
      title: `Bring back ${path}`,
      documents: [],
      tree: [restorePart(fileId, entry)],
      causeOf: (restored) => ({ kind: 'revert', seq: 0, restored }),
    })
    if (!verdict) throw new Error(`bringing back ${fileId} changes nothing`)
    return { outcome: 'done', verdict, left: [] }
  })
}
