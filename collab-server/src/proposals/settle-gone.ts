/** What waits in files that are no more goes stale: it can land nowhere, and its author is told so. */
import { branchDocument } from '@relpin/authority/document-names.ts'
import type { Held } from '../live-documents.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { commitResolution } from './commit-resolution.ts'
import { planResolution } from './plan-resolution.ts'
import { withBack } from './with-back.ts'
import type { ResolveContext } from './resolve.ts'

/** Looks whether there is any such thing, which costs nothing when nothing changed, and settles it patch by patch. */
export async function settleGone(context: ResolveContext, state: WorkspaceState): Promise<void> {
  if ((await context.index.gone(state)).length === 0) return
  const { id } = state.workspace
  await context.locks.run(`workspace:${id}`, async () => {
    const patchIds = new Set((await context.index.gone(state)).map(({ patch }) => patch.id))
    for (const patchId of patchIds) await settlePatch(context, state, patchId)
  })
}

async function settlePatch(
  context: ResolveContext,
  state: WorkspaceState,
  patchId: string,
): Promise<void> {
  const [first] = (await context.index.gone(state)).filter((one) => one.patch.id === patchId)
  if (!first) return
  const { patch: row } = first
  await context.locks.run(`proposer:${state.workspace.id}:${row.proposerId}`, async () => {
    const gone = (await context.index.gone(state)).filter((one) => one.patch.id === patchId)
    const branches: Held[] = []
    try {
      const fileIds = new Set(
        gone.filter(({ pieces }) => pieces.length > 0).map(({ hunk }) => hunk.fileId),
      )
      for (const fileId of fileIds)
        branches.push(await context.documents.open(branchDocument(row.proposerId, fileId)))
      const plan = planResolution({
        state,
        decision: 'reject',
        chosen: [],
        stale: gone,
        branches: await Promise.all(branches.map(({ live }) => withBack(context.sql, live))),
        mainOf: (fileId) => context.documents.get(`file/${fileId}`),
      })
      // Its author is typing there right now; whoever looks next settles it.
      if (plan.outcome === 'changed') return
      await commitResolution(context, {
        state,
        decision: 'reject',
        actor: null,
        row,
        chosen: [],
        stale: gone.map((one) => ({ one, why: `${one.hunk.path} was deleted meanwhile.` })),
        open: [...(await context.index.open(state)), ...gone],
        plan,
        rule: 'file:gone',
        grantEpoch: 0,
        verb: 'stale',
      })
    } finally {
      for (const held of branches) await held[Symbol.asyncDispose]()
    }
  })
}
