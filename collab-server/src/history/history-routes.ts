/** The internal API of files' pasts. The shapes are those of `authority/src/contracts/history.ts`. */
import type { PathClass } from '@relpin/authority/path-class.ts'
import { denied, json, problem } from '@relpin/db/http/responses.ts'
import { Refusal, type Route } from '@relpin/db/http/router.ts'
import { findWorkspaceOfFile } from '@relpin/db/workspaces.ts'
import { z } from 'zod'
import {
  commander,
  id,
  lookOf,
  member,
  post,
  stateOf,
  type InternalContext,
} from '../route-parts.ts'
import { mayRead } from '../views.ts'
import { placeOf } from '../workspace-states.ts'
import { bringBack } from './bring-back.ts'
import { readBlame, readDeleted, readHands, readSteps, readTextAt } from './read-history.ts'
import { revertFile } from './revert.ts'
import { undoPatch } from './undo.ts'

const file = z.object({ as: member, workspaceId: id, fileId: id })
const seq = z.int().min(0)

/** Who may read a file may read its past. Throws a refusal. */
async function needFile(context: InternalContext, body: z.infer<typeof file>): Promise<void> {
  const look = await lookOf(context, { ...body, view: { kind: 'main' } })
  if ((await findWorkspaceOfFile(context.sql, body.fileId)) !== body.workspaceId) {
    throw new Refusal(problem(404, 'Not found', 'There is no such file in this app.'))
  }
  // What a deleted file was called is not at hand, so the strictest class is taken for it.
  const pathClass =
    placeOf(look.state, body.fileId)?.pathClass ?? (body.as.kind === 'agent' ? 'secret' : 'source')
  const decision = mayRead(look, pathClass)
  if (decision.effect !== 'allow') throw new Refusal(denied(decision.rule, decision.why))
}

export const historyRoutes: readonly Route<InternalContext>[] = [
  post('/internal/history/hands', file, async (context, body) => {
    await needFile(context, body)
    return json(await readHands(context, body.fileId))
  }),
  post('/internal/history/blame', file, async (context, body) => {
    await needFile(context, body)
    return json(await readBlame(context, body.fileId))
  }),
  post(
    '/internal/history/steps',
    file.extend({
      before: seq.optional(),
      limit: z.int().min(1).max(200).default(50),
    }),
    async (context, body) => {
      await needFile(context, body)
      return json(await readSteps(context, body.fileId, body))
    },
  ),
  post(
    '/internal/history/deleted',
    z.object({ as: member, workspaceId: id }),
    async (context, body) => {
      const look = await lookOf(context, { ...body, view: { kind: 'main' } })
      const readable = ({ class: pathClass }: { class: PathClass }): boolean =>
        mayRead(look, pathClass).effect === 'allow'
      return json(await readDeleted(context, look.state.tree, readable))
    },
  ),
  post('/internal/history/at', file.extend({ seq }), async (context, body) => {
    await needFile(context, body)
    const found = await readTextAt(context, body.fileId, body.seq)
    return found
      ? json(found)
      : problem(404, 'Not found', 'This file has nothing from before its first edit.')
  }),
  post('/internal/history/revert', file.extend({ as: commander, seq }), async (context, body) => {
    await needFile(context, body)
    const state = await stateOf(context, body.workspaceId)
    return json(await revertFile(context, state, body.as, body.fileId, body.seq))
  }),
  post('/internal/history/bring-back', file.extend({ as: commander }), async (context, body) => {
    await needFile(context, body)
    const state = await stateOf(context, body.workspaceId)
    return json(await bringBack(context, state, body.as, body.fileId))
  }),
  post(
    '/internal/history/undo',
    z.object({ as: commander, workspaceId: id, patch: z.string().max(64) }),
    async (context, body) => {
      const { state } = await lookOf(context, { ...body, view: { kind: 'main' } })
      return json(await undoPatch(context, state, body.as, body.patch))
    },
  ),
]
