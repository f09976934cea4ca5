/** What the routes of the internal API share: who asks, about which workspace, and how a route is written. */
import { denied, problem } from '@relpin/db/http/responses.ts'
import { Refusal, type Call, type Route } from '@relpin/db/http/router.ts'
import { MEMBER_REMOVED } from '@relpin/db/members-authority.ts'
import { z } from 'zod'
import { MISDIRECTED } from './cluster/commands.ts'
import type { ColdTexts } from './cold-texts.ts'
import { NotHome } from './home.ts'
import type { ResolveContext } from './proposals/resolve.ts'
import { viewOf, type Look } from './views.ts'
import type { WorkspaceState } from './workspace-states.ts'

export type InternalContext = ResolveContext & { readonly texts: ColdTexts }

export const id = z.uuid()
export const member = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), memberId: id }),
  z.object({ kind: z.literal('service'), memberId: id }),
  z.object({ kind: z.literal('agent'), memberId: id, sessionId: id }),
])
/** Of a command: a person's is refused without the sign-in through which it came. */
export const commander = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('person'),
    memberId: id,
    signIn: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  z.object({ kind: z.literal('service'), memberId: id }),
  z.object({ kind: z.literal('agent'), memberId: id, sessionId: id }),
])
const view = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('main') }),
  z.object({ kind: z.literal('proposer'), proposerId: id }),
])
export const look = z.object({ as: member, workspaceId: id, view })
/** Throws a 404 refusal for a workspace that is not there. */
export async function stateOf(
  context: InternalContext,
  workspaceId: string,
): Promise<WorkspaceState> {
  const state = await context.workspaces.open(workspaceId).catch((error: unknown) => {
    if (error instanceof NotHome)
      throw new Refusal(problem(MISDIRECTED, 'Not the home', 'Another node is the home.'))
    throw error
  })
  if (!state)
    throw new Refusal(
      problem(404, 'Not found', 'There is no such workspace; its app may be deleted.'),
    )
  return state
}

/** Throws a refusal for somebody who is no longer a member. */
export async function lookOf(context: InternalContext, body: z.infer<typeof look>): Promise<Look> {
  const state = await stateOf(context, body.workspaceId)
  const authority = await context.authorities.inOrg(body.as.memberId, state.workspace.orgId)
  if (!authority) throw new Refusal(denied(MEMBER_REMOVED.rule, MEMBER_REMOVED.why))
  return { state, actor: body.as, authority, view: viewOf(body.as, body.view) }
}

export const post = <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  handle: (context: InternalContext, body: z.infer<Schema>) => Promise<Response>,
): Route<InternalContext> => ({
  method: 'POST',
  path,
  handle: async (context: InternalContext, call: Call) => handle(context, await call.body(schema)),
})
