/** The internal API of previews: start or join one, and follow what it is about. */
import { PREVIEW_ID, type Preview as Told } from '@relpin/authority/contracts/preview.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { findApp } from '@relpin/db/apps.ts'
import { eventStream } from '@relpin/db/http/event-stream.ts'
import { json, problem } from '@relpin/db/http/responses.ts'
import { z } from 'zod'
import { CapsuleError } from '../capsules/driver.ts'
import type { BridgeRoute } from '../context.ts'
import { log } from '../log.ts'
import { authorize } from '../sessions/authorize.ts'
import type { Previews } from './previews.ts'

const openBody = z.object({
  memberId: z.uuid(),
  appId: z.uuid(),
  anew: z.boolean().default(false),
})

export function previewRoutes(previews: Previews): readonly BridgeRoute[] {
  return [
    {
      method: 'POST',
      path: '/internal/previews',
      handle: async ({ sql }, call) => {
        const { memberId, appId, anew } = await call.body(openBody)
        const context = { action: 'preview.start', target: appId, appId } as const
        const allowed = await authorize(sql, memberId, 'app.read', context)
        if (!allowed.ok) return allowed.response
        const { orgId } = allowed.member
        const app = await findApp(sql, orgId, appId)
        if (!app) return missing()
        if (app.archivedAt)
          return problem(409, 'Archived', 'This app is archived. Restore it first.')
        const none = await previews.refusal()
        if (none !== null) return problem(409, 'No place for a preview', none)
        await appendAudit(sql, [{ ...allowed.audit, target: app.slug }])
        try {
          const as = { kind: 'person', memberId } as const
          const { workspaceId } = app
          const { id, state } = await previews.open({ orgId, appId, workspaceId, as, anew })
          return json({ id, state: state.now } satisfies Told)
        } catch (error) {
          if (!(error instanceof CapsuleError)) throw error
          return problem(503, 'No place for a preview', error.message)
        }
      },
    },
    {
      method: 'GET',
      path: '/internal/previews/:id/events',
      handle: (_context, call) => {
        const id = call.params['id'] ?? ''
        const preview = PREVIEW_ID.test(id) ? previews.find(id) : null
        if (!preview) return Promise.resolve(missing())
        const answer = eventStream(
          async (send, over) => {
            let seq = 0
            for await (const state of preview.watch(over)) await send({ id: ++seq, data: state })
          },
          call.signal,
          log.bug,
        )
        return Promise.resolve(answer)
      },
    },
  ]
}

function missing(): Response {
  return problem(404, 'Not found', 'There is no such preview any more. Open it again.')
}
