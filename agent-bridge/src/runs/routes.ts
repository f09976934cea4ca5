/** The internal API of the Run panel: what can run, start, stop and watch. A run is its person's alone. */
import { decide } from '@relpin/authority/decide.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { findApp } from '@relpin/db/apps.ts'
import { eventStream } from '@relpin/db/http/event-stream.ts'
import { json, problem } from '@relpin/db/http/responses.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import { z } from 'zod'
import type { BridgeRoute } from '../context.ts'
import { log } from '../log.ts'
import { authorize } from '../sessions/authorize.ts'
import type { Shells } from '../shell/shells.ts'
import type { RunInProgress } from './run.ts'
import type { Runs } from './runs.ts'
import { scriptsOf, taskInWords, taskSchema } from './tasks.ts'

const query = z.object({ appId: z.uuid(), memberId: z.uuid() })
const startBody = z.object({
  memberId: z.uuid(),
  signIn: z.string().min(1).max(200),
  appId: z.uuid(),
  task: taskSchema,
})
const stopBody = z.object({ memberId: z.uuid() })

export function runRoutes(runs: Runs, shells: Shells): readonly BridgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/internal/runs',
      handle: async ({ sql }, call) => {
        const asked = query.safeParse(Object.fromEntries(call.query))
        if (!asked.success) return problem(400, 'Bad request', 'Name appId and memberId.')
        const { appId, memberId } = asked.data
        const member = await loadMemberAuthority(sql, memberId)
        const app = member && (await findApp(sql, member.orgId, appId))
        if (!member || !app) return missing()
        const person = { kind: 'person', memberId } as const
        const allowed = decide({ subject: subjectOf(person, member), action: 'shell.run' })
        const refusal = allowed.effect === 'allow' ? await shells.refusal() : allowed.why
        return json({
          scripts: scriptsOf(await runs.manifest(app.workspaceId, person)),
          refusal,
          runs: runs.of(appId, memberId).map(({ summary }) => summary),
        })
      },
    },
    {
      method: 'POST',
      path: '/internal/runs',
      handle: async ({ sql }, call) => {
        const { memberId, signIn, appId, task } = await call.body(startBody)
        const target = taskInWords(task)
        const allowed = await authorize(sql, memberId, 'shell.run', {
          action: 'run.start',
          target,
          appId,
        })
        if (!allowed.ok) return allowed.response
        const app = await findApp(sql, allowed.member.orgId, appId)
        if (!app) return missing()
        if (app.archivedAt)
          return problem(409, 'Archived', 'This app is archived. Restore it first.')
        const none = await shells.refusal()
        if (none !== null) return problem(409, 'No place to run', none)
        const person = { kind: 'person', memberId, signIn } as const
        if (task.kind === 'script') {
          const scripts = scriptsOf(await runs.manifest(app.workspaceId, person))
          if (!scripts.some(({ name }) => name === task.name))
            return problem(404, 'No such script', `package.json has no script "${task.name}".`)
        }
        const subject = subjectOf(person, allowed.member)
        const packages = decide({ subject, action: 'shell.packages' }).effect === 'allow'
        await appendAudit(sql, [allowed.audit])
        const { orgId } = allowed.member
        const { workspaceId } = app
        const run = runs.start({ orgId, appId, workspaceId, person, task, packages })
        return json(run.summary, 201)
      },
    },
    {
      method: 'POST',
      path: '/internal/runs/:id/stop',
      handle: async (_context, call) => {
        const { memberId } = await call.body(stopBody)
        const run = own(runs, call.params['id'], memberId)
        if (!run) return missing()
        run.stopped.abort()
        return json(run.summary)
      },
    },
    {
      method: 'GET',
      path: '/internal/runs/:id/events',
      handle: (_context, call) => {
        const run = own(runs, call.params['id'], call.query.get('memberId'))
        if (!run) return Promise.resolve(missing())
        const after = Number(call.query.get('after') ?? '0')
        if (!Number.isSafeInteger(after) || after < 0)
          return Promise.resolve(
            problem(400, 'Bad request', '"after" is the number of the last event seen.'),
          )
        return Promise.resolve(
          eventStream(
            async (send, over) => {
              for await (const event of run.follow(after, over)) {
                await send({ id: event.seq, data: event })
              }
            },
            call.signal,
            log.bug,
          ),
        )
      },
    },
  ]
}

function own(runs: Runs, id: string | undefined, memberId: string | null): RunInProgress | null {
  const run = runs.find(id ?? '')
  return run?.summary.memberId === memberId ? run : null
}

function missing(): Response {
  return problem(404, 'Not found', 'There is no such run. It may have ended long ago.')
}
