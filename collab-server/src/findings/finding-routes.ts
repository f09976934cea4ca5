/** The part of the internal API that is about findings. The shapes are those of `authority/src/contracts/findings.ts`. */
import { decide } from '@relpin/authority/decide.ts'
import {
  FINDING_SEVERITIES,
  MAX_FINDING_MESSAGE,
  MAX_FINDING_REPLY,
} from '@relpin/authority/findings.ts'
import { denied, json, problem } from '@relpin/db/http/responses.ts'
import type { Route } from '@relpin/db/http/router.ts'
import { subjectOf } from '@relpin/db/members-authority.ts'
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
import { addFinding } from './add-finding.ts'
import { replyToFinding, resolveFinding, type FindingChanged } from './change-finding.ts'
import { describeFindings } from './list-findings.ts'

const line = z.int().min(1).max(10_000_000)

export const findingRoutes: readonly Route<InternalContext>[] = [
  post(
    '/internal/findings/add',
    z.object({
      as: z.object({ kind: z.literal('agent'), memberId: id, sessionId: id }),
      workspaceId: id,
      callId: z.string().min(1).max(200),
      path: z.string().min(1).max(1_000),
      severity: z.enum(FINDING_SEVERITIES),
      message: z.string().trim().min(1).max(MAX_FINDING_MESSAGE),
      quote: z.string().max(20_000).optional(),
      firstLine: line.optional(),
      lastLine: line.optional(),
    }),
    async (context, body) =>
      json(await addFinding(context, await stateOf(context, body.workspaceId), body)),
  ),
  post(
    '/internal/findings/list',
    z.object({
      as: member,
      workspaceId: id,
      state: z.enum(['open', 'resolved']).optional(),
      id: id.optional(),
    }),
    async (context, body) => {
      const { state, actor, authority } = await lookOf(context, { ...body, view: { kind: 'main' } })
      const may = decide({ subject: subjectOf(actor, authority), action: 'app.read' })
      if (may.effect !== 'allow') return denied(may.rule, may.why)
      return json({ findings: await describeFindings(context, state, body) })
    },
  ),
  post(
    '/internal/findings/resolve',
    z.object({ as: commander, workspaceId: id, id, to: z.enum(['open', 'resolved']) }),
    async (context, body) => {
      const state = await stateOf(context, body.workspaceId)
      return answer(await resolveFinding(context, state, { ...body, actor: body.as }))
    },
  ),
  post(
    '/internal/findings/reply',
    z.object({
      as: commander,
      workspaceId: id,
      id,
      text: z.string().trim().min(1).max(MAX_FINDING_REPLY),
    }),
    async (context, body) => {
      const state = await stateOf(context, body.workspaceId)
      return answer(await replyToFinding(context, state, { ...body, actor: body.as }))
    },
  ),
]

function answer(done: FindingChanged): Response {
  switch (done.outcome) {
    case 'done':
      return json(done.finding)
    case 'denied':
      return denied(done.rule, done.why)
    case 'changed':
      return problem(409, 'Not done', done.why)
    case 'not-found':
      return problem(404, 'Not found', 'There is no such finding in this app.')
  }
}
