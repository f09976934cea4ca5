/** The internal API of sessions: open, list, change, prompt, abort, close and watch. */
import { randomUUID } from 'node:crypto'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import {
  appendSessionEvent,
  changeSession,
  insertSession,
  listSessions,
  loadSession,
  type SessionRow,
} from '@relpin/db/sessions.ts'
import { isWritable } from '@relpin/db/workspaces.ts'
import { findApp } from '@relpin/db/apps.ts'
import { z } from 'zod'
import { json, noContent, problem } from '@relpin/db/http/responses.ts'
import type { BridgeRoute } from '../context.ts'
import { memberOf } from '../member-of.ts'
import { findModel } from '../gateway/models.ts'
import { authorize, refuse, type Authorized } from './authorize.ts'
import { eventStream } from './event-stream.ts'
import { promptTitle } from './prompt-parts.ts'
import { summary, type Sessions } from './sessions.ts'

const environment = z.enum(['DEV', 'TEST', 'PROD'])
const byMember = z.object({ memberId: z.uuid() })
const openBody = byMember.extend({
  appId: z.uuid(),
  environment,
  modelId: z.string().min(1).max(300),
  proposeFirst: z.boolean().default(false),
})
const changeBody = byMember.extend({
  proposeFirst: z.boolean().optional(),
  modelId: z.string().min(1).max(300).optional(),
})
const promptBody = byMember.extend({ text: z.string().trim().min(1).max(100_000) })
const uuid = z.uuid()

export function sessionRoutes(sessions: Sessions): readonly BridgeRoute[] {
  return [
    {
      method: 'POST',
      path: '/internal/sessions',
      handle: async ({ sql }, call) => open(sql, sessions, await call.body(openBody)),
    },
    {
      method: 'GET',
      path: '/internal/sessions',
      handle: async ({ sql }, call) => {
        const filter = {
          appId: call.query.get('appId') ?? undefined,
          memberId: call.query.get('memberId') ?? undefined,
          openOnly: call.query.get('open') === 'true',
        }
        for (const id of [filter.appId, filter.memberId]) {
          if (id !== undefined && !uuid.safeParse(id).success)
            return problem(400, 'Bad request', `"${id}" is not an id.`)
        }
        return json({ sessions: (await listSessions(sql, filter)).map(summary) })
      },
    },
    {
      method: 'GET',
      path: '/internal/sessions/:id',
      handle: async ({ sql }, call) => {
        const row = await find(sql, call.params['id'])
        return row ? json(summary(row)) : missing()
      },
    },
    {
      method: 'PATCH',
      path: '/internal/sessions/:id',
      handle: async ({ sql }, call) => change(sql, call.params['id'], await call.body(changeBody)),
    },
    {
      method: 'POST',
      path: '/internal/sessions/:id/prompt',
      handle: async ({ sql }, call) => {
        const { memberId, text } = await call.body(promptBody)
        const row = await find(sql, call.params['id'])
        if (!row) return missing()
        const allowed = await authorizeOwn(sql, row, memberId, 'opencode.prompt', promptTitle(text))
        if (!allowed.ok) return allowed.response
        if (row.closedAt) return closed()
        if (!(await isWritable(sql, row.workspaceId))) return archived()
        const taken = await sessions.live(row).prompt(text, allowed.member.name, allowed.audit)
        return taken.taken ? json({ turn: taken.turn }, 202) : problem(409, 'Working', taken.why)
      },
    },
    {
      method: 'POST',
      path: '/internal/sessions/:id/abort',
      handle: async ({ sql }, call) => {
        const { memberId } = await call.body(byMember)
        const row = await find(sql, call.params['id'])
        if (!row) return missing()
        const allowed = await authorizeOwn(sql, row, memberId, 'opencode.abort', target(row))
        if (!allowed.ok) return allowed.response
        const aborted = !row.closedAt && (await sessions.live(row).abort(allowed.audit))
        return json({ aborted })
      },
    },
    {
      method: 'DELETE',
      path: '/internal/sessions/:id',
      handle: async ({ sql }, call) => {
        const memberId = await memberOf(call)
        const row = await find(sql, call.params['id'])
        if (!row) return missing()
        const allowed = await authorizeOwn(
          sql,
          row,
          memberId,
          'opencode.session.close',
          target(row),
        )
        if (!allowed.ok) return allowed.response
        if (row.closedAt) return noContent()
        await sessions.live(row).close(allowed.audit)
        sessions.forget(row.id)
        return noContent()
      },
    },
    {
      method: 'GET',
      path: '/internal/sessions/:id/events',
      handle: async ({ sql }, call) => {
        const row = await find(sql, call.params['id'])
        if (!row) return missing()
        const after = Number(call.query.get('after') ?? call.headers['last-event-id'] ?? '0')
        if (!Number.isSafeInteger(after) || after < 0)
          return problem(400, 'Bad request', '"after" is the number of the last event seen.')
        return eventStream(sessions.log(row.id), after, call.signal)
      },
    },
  ]
}

async function open(
  sql: Sql,
  sessions: Sessions,
  body: z.infer<typeof openBody>,
): Promise<Response> {
  const id = randomUUID()
  const allowed = await authorize(sql, body.memberId, 'session.open', {
    action: 'opencode.session.open',
    target: `env:${body.environment}`,
    appId: body.appId,
    environment: body.environment,
    // A refused session never exists, so nothing can refer to it.
  })
  if (!allowed.ok) return allowed.response
  const { member } = allowed
  const app = await findApp(sql, member.orgId, body.appId)
  if (!app) return problem(404, 'Not found', 'There is no such app. It may have been deleted.')
  if (app.archivedAt) return archived()
  const choice = await findModel(sql, member.orgId, body.modelId, body.environment)
  if (!choice) return noModel(body.environment)
  const { isolated } = await sessions.driver.can()
  await sql.begin(async (tx) => {
    await insertSession(tx, {
      id,
      orgId: member.orgId,
      appId: app.id,
      workspaceId: app.workspaceId,
      memberId: member.memberId,
      environment: body.environment,
      credentialId: choice.credentialId,
      model: choice.model.id,
      modelLabel: choice.model.label,
      proposeFirst: body.proposeFirst,
      isolated,
    })
    await appendSessionEvent(tx, id, 1, new Date(), { type: 'state', state: 'starting' })
    const where = `env:${body.environment} · model:${choice.model.label}`
    await appendAudit(tx, [{ ...allowed.audit, target: where, sessionId: id }])
  })
  const row = await loadSession(sql, id)
  if (!row) throw new Error('the session that was just opened is gone')
  void sessions.live(row).warmUp()
  return json(summary(row), 201)
}

async function change(
  sql: Sql,
  id: string | undefined,
  body: z.infer<typeof changeBody>,
): Promise<Response> {
  const row = await find(sql, id)
  if (!row) return missing()
  const what = body.modelId === undefined ? 'propose-first' : 'model'
  const allowed = await authorizeOwn(sql, row, body.memberId, 'opencode.session.change', what)
  if (!allowed.ok) return allowed.response
  if (row.closedAt) return closed()
  const choice =
    body.modelId === undefined
      ? undefined
      : await findModel(sql, row.orgId, body.modelId, row.environment)
  if (choice === null) return noModel(row.environment)
  await sql.begin(async (tx) => {
    await changeSession(tx, row.id, {
      proposeFirst: body.proposeFirst,
      model: choice && {
        credentialId: choice.credentialId,
        model: choice.model.id,
        label: choice.model.label,
      },
    })
    const parts = [
      ...(choice ? [`model:${choice.model.label}`] : []),
      ...(body.proposeFirst === undefined
        ? []
        : [`propose-first:${body.proposeFirst ? 'on' : 'off'}`]),
    ]
    await appendAudit(tx, [{ ...allowed.audit, target: parts.join(' · ') }])
  })
  const changed = await loadSession(sql, row.id)
  return changed ? json(summary(changed)) : missing()
}

/** Only the session's own human may use it; everyone else is refused, whatever their role. */
async function authorizeOwn(
  sql: Sql,
  row: SessionRow,
  memberId: string,
  action:
    'opencode.prompt' | 'opencode.abort' | 'opencode.session.close' | 'opencode.session.change',
  what: string,
): Promise<Authorized> {
  // Stopping and closing need no grant: who lost OpenCode must still be able to end it.
  const ending = action === 'opencode.abort' || action === 'opencode.session.close'
  const allowed = await authorize(sql, memberId, ending ? 'app.read' : 'session.prompt', {
    action,
    target: what,
    appId: row.appId,
    environment: row.environment,
    sessionId: row.id,
  })
  if (!allowed.ok) return allowed
  if (memberId === row.memberId) return allowed
  const why = `This session is ${row.memberName}'s. Open one of your own to ask OpenCode.`
  return refuse(sql, allowed.audit, 'session:own', why)
}

async function find(sql: Sql, id: string | undefined): Promise<SessionRow | null> {
  return uuid.safeParse(id).success ? loadSession(sql, id ?? '') : null
}

function target(row: SessionRow): string {
  return `env:${row.environment} · model:${row.modelLabel}`
}

function missing(): Response {
  return problem(404, 'Not found', 'There is no such session.')
}

function archived(): Response {
  return problem(409, 'Archived', 'This app is archived. Restore it to work on it.')
}

function closed(): Response {
  return problem(409, 'Closed', 'This session is closed. Open a new one.')
}

function noModel(where: string): Response {
  return problem(
    400,
    'No such model',
    `This model is not available in ${where}. Choose another, or ask an Admin to add a provider key.`,
  )
}
