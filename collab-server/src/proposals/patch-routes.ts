/** The part of the internal API that is about patches: what they hold, what is said of them, and what is decided. */
import { decide } from '@relpin/authority/decide.ts'
import { denied, json, noContent, problem } from '@relpin/db/http/responses.ts'
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
import type { WorkspaceState } from '../workspace-states.ts'
import { comment, commentsOf } from './comments.ts'
import { describePatch, listSummaries } from './patch-views.ts'
import { resolve } from './resolve.ts'
import { settleGone } from './settle-gone.ts'
import { submit } from './submit.ts'

const patchStates = z.array(
  z.enum(['draft', 'pending', 'partly-approved', 'approved', 'rejected', 'withdrawn', 'landed']),
)

/** What lost its file since somebody looked is stale before anybody looks again. */
async function settled(context: InternalContext, workspaceId: string): Promise<WorkspaceState> {
  const state = await stateOf(context, workspaceId)
  await settleGone(context, state)
  return state
}

const noPatch = (patch: string): Response =>
  problem(404, 'Not found', `There is no patch ${patch} in this app.`)

export const patchRoutes: readonly Route<InternalContext>[] = [
  post(
    '/internal/patches/list',
    z.object({
      workspaceId: id,
      states: patchStates.default([]),
      limit: z.int().min(1).max(200).default(50),
      before: z.string().optional(),
    }),
    async (context, body) => {
      const state = await settled(context, body.workspaceId)
      return json({ patches: await listSummaries(context, state, body) })
    },
  ),
  post(
    '/internal/patches/detail',
    z.object({ workspaceId: id, patch: z.string() }),
    async (context, body) => {
      const found = await describePatch(
        context,
        await settled(context, body.workspaceId),
        body.patch,
      )
      return found ? json(found) : noPatch(body.patch)
    },
  ),
  post(
    '/internal/patches/resolve',
    z.object({
      as: commander,
      workspaceId: id,
      patch: z.string(),
      decision: z.enum(['approve', 'reject']),
      hunks: z.array(z.string()).max(5_000),
    }),
    async (context, body) => {
      const state = await settled(context, body.workspaceId)
      return json(
        await resolve(context, {
          actor: body.as,
          state,
          patch: body.patch,
          decision: body.decision,
          digests: body.hunks,
        }),
      )
    },
  ),
  post(
    '/internal/patches/comments',
    z.object({ as: member, workspaceId: id, patch: z.string() }),
    async (context, body) => {
      const { state, actor, authority } = await lookOf(context, {
        ...body,
        view: { kind: 'main' },
      })
      const may = decide({ subject: subjectOf(actor, authority), action: 'app.read' })
      if (may.effect !== 'allow') return denied(may.rule, may.why)
      const comments = await commentsOf(context, state, body.patch)
      return comments ? json({ comments }) : noPatch(body.patch)
    },
  ),
  post(
    '/internal/patches/comment',
    z.object({
      as: commander,
      workspaceId: id,
      patch: z.string(),
      hunk: z.string(),
      text: z.string().min(1).max(4_000),
    }),
    async (context, body) => {
      const state = await stateOf(context, body.workspaceId)
      const done = await comment(context, state, { ...body, actor: body.as })
      switch (done.outcome) {
        case 'done':
          return json(done.comment)
        case 'denied':
          return denied(done.rule, done.why)
        case 'changed':
          return problem(409, 'Not said', done.why)
        case 'not-found':
          return noPatch(body.patch)
      }
    },
  ),
  post(
    '/internal/patches/submit',
    z.object({
      as: commander,
      workspaceId: id,
      patch: z.string().optional(),
      intentId: z.string().optional(),
      title: z.string().min(1).max(300).optional(),
    }),
    async (context, body) => {
      const summary = await submit(context, await stateOf(context, body.workspaceId), body.as, body)
      return summary ? json(summary) : noContent()
    },
  ),
]
