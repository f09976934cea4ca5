/** The internal API: parse, one call, JSON. The shapes are those of `authority/src/contracts/collab.ts`. */
import { proposerId } from '@relpin/authority/actors.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { denied, json, problem } from '@relpin/db/http/responses.ts'
import type { Route } from '@relpin/db/http/router.ts'
import { loadSessionAuthority } from '@relpin/db/session-authority.ts'
import { z } from 'zod'
import { auditActor } from './audit-actor.ts'
import { change, importFiles } from './commands.ts'
import { findingRoutes } from './findings/finding-routes.ts'
import { historyRoutes } from './history/history-routes.ts'
import { patchRoutes } from './proposals/patch-routes.ts'
import { commander, id, look, lookOf, post, stateOf, type InternalContext } from './route-parts.ts'
import { PatternTooSlow } from './search.ts'
import { cut, grep, listEntries, mayRead, readEntry, type Look } from './views.ts'

const content = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({
    kind: z.literal('binary'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    size: z.int().min(0),
  }),
])
const changeSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('update'), document: z.string(), update: z.base64() }),
  z.object({ op: z.literal('create'), path: z.string(), content }),
  z.object({ op: z.literal('rename'), from: z.string(), to: z.string() }),
  z.object({ op: z.literal('delete'), path: z.string() }),
])
/** An agent's reads are one event each, with the rule that decided. */
async function recordRead(context: InternalContext, looking: Look, target: string): Promise<void> {
  const { state, actor } = looking
  if (actor.kind !== 'agent') return
  const pathClass = classifyPath(target)
  const { effect, rule } = mayRead(looking, pathClass)
  const session = await loadSessionAuthority(context.sql, actor.sessionId)
  await appendAudit(context.sql, [
    {
      ...auditActor(actor, state.workspace, session),
      action: 'opencode.read',
      target,
      pathClass,
      decision: effect === 'allow' ? 'allowed' : 'denied',
      rule,
    },
  ])
}

/** One search at a time for each who asks; what is wrong with a pattern is said to them. */
async function search(
  context: InternalContext,
  { actor }: Look,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await context.locks.run(`search:${proposerId(actor)}`, work)
  } catch (error) {
    if (error instanceof SyntaxError) {
      const why = `${error.message}. Use a JavaScript regular expression.`
      return problem(400, 'Bad pattern', why)
    }
    if (error instanceof PatternTooSlow) {
      const why = 'Matching this pattern takes too long. Use one with fewer repetitions in it.'
      return problem(400, 'Bad pattern', why)
    }
    throw error
  }
}

export const internalRoutes: readonly Route<InternalContext>[] = [
  ...findingRoutes,
  ...historyRoutes,
  ...patchRoutes,
  post(
    '/internal/changes',
    z.object({
      as: commander,
      workspaceId: id,
      changes: z.array(changeSchema).min(1).max(500),
      intent: z.object({ id: z.string().min(1).max(200), title: z.string().max(300) }),
      callId: z.string().max(200).optional(),
      suggest: z.boolean().optional(),
    }),
    async (context, body) =>
      json(await change(context, await stateOf(context, body.workspaceId), body)),
  ),
  post(
    '/internal/import',
    z.object({
      as: commander,
      workspaceId: id,
      files: z.array(z.object({ path: z.string(), content })).max(10_000),
    }),
    async (context, body) => {
      const done = await importFiles(context, await stateOf(context, body.workspaceId), body)
      if (done.outcome === 'denied') return denied(done.rule, done.why)
      if (done.outcome === 'conflict') return problem(409, 'Not imported', done.why)
      return json({ imported: done.imported })
    },
  ),
  post(
    '/internal/view/list',
    look.extend({ glob: z.string().max(1_000).optional() }),
    async (context, body) => {
      const looking = await lookOf(context, body)
      if (body.glob !== undefined || body.as.kind === 'agent') {
        await recordRead(context, looking, body.glob ?? '.')
      }
      return search(context, looking, async () =>
        json({ entries: await listEntries(context, looking, body.glob) }),
      )
    },
  ),
  post(
    '/internal/view/read',
    look.extend({ path: z.string(), purpose: z.enum(['read', 'change']).default('read') }),
    async (context, body) => {
      const looking = await lookOf(context, body)
      const found = await readEntry(context, looking, body.path)
      const refused = found.found === 'denied'
      if (refused || (body.purpose === 'read' && found.found !== 'nothing')) {
        await recordRead(context, looking, body.path)
      }
      return json(found)
    },
  ),
  post(
    '/internal/view/grep',
    look.extend({
      pattern: z.string().max(1_000),
      include: z.string().max(1_000).optional(),
      limit: z.int().min(1).max(1_000),
    }),
    async (context, body) => {
      const looking = await lookOf(context, body)
      await recordRead(context, looking, body.include ?? '.')
      return search(context, looking, async () => json(await grep(context, looking, body)))
    },
  ),
  post('/internal/cut', z.object({ workspaceId: id }), async (context, body) =>
    json(await cut(context, await stateOf(context, body.workspaceId))),
  ),
]
