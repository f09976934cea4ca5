/** Makes a file read as it did at an earlier point: a forward transaction, judged like typing. */
import type { Member } from '@relpin/authority/actors.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { textOf } from '../live-documents.ts'
import type { ResolveContext } from '../proposals/resolve.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { goBack } from './go-back.ts'
import { momentWords } from './moment-words.ts'
import { Origins } from './origins.ts'
import { readFacts, readPoint } from './past.ts'
import { planRevert } from './plan-revert.ts'
import { writerOf } from './writer-of.ts'

export async function revertFile(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Member,
  fileId: string,
  seq: number,
): Promise<UndoResponse> {
  const name = fileDocument(fileId)
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    const then = await readPoint(context.sql, name, seq)
    if (!then) return { outcome: 'not-found' }
    const origins = new Origins((await readFacts(context.sql, name)).map((row) => row.cause))
    const place = placeOf(state, fileId)
    if (!place || place.pending) return { outcome: 'not-found' }
    await using held = await context.documents.open(name)
    const already = textOf(held.live).toString() === then.doc.getText(TEXT_ROOT).toString()
    const moment = momentWords(then.at)
    const nothing = {
      outcome: 'nothing',
      why: `${place.path} reads just as it did ${moment}.`,
    } as const
    if (already) return nothing
    const verdict = await goBack(context, {
      actor,
      state,
      action: 'file.revert',
      target: `${place.path} · as it was ${moment}`,
      title: `Revert ${place.path} to ${moment}`,
      documents: [
        {
          live: held.live,
          steps: planRevert(held.live.doc, then.doc, origins, writerOf(held.live)),
        },
      ],
      tree: [],
      causeOf: (restored) => ({ kind: 'revert', seq: then.seq, restored }),
    })
    return verdict ? { outcome: 'done', verdict, left: [] } : nothing
  })
}
