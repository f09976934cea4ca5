/** What can be run in an app, and running it. */
import type { Run, RunPanel } from '@relpin/authority/contracts/runs.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { run, runPanel, runTask } from '#lib/server/api/run-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needApp, needLiveApp } from '#lib/server/apps/find-app.ts'

export const GET = endpoint(
  {
    summary: 'The scripts of package.json, why none can run, and your own runs, newest first',
    who: { action: 'app.read' },
    params: appParams,
    response: runPanel,
  },
  async ({ services, member, params }) => {
    const app = await needApp(services, member, params.app)
    const asked = new URLSearchParams({ appId: app.id, memberId: member.id })
    return services.bridge.call<RunPanel>('GET', `/internal/runs?${asked}`)
  },
)

export const POST = endpoint(
  {
    summary: 'Run a script of package.json, or install packages, on a copy of what you see',
    who: 'member',
    params: appParams,
    body: z.object({ task: runTask }),
    response: run,
    status: 201,
  },
  async ({ services, member, params, body }) => {
    const app = await needLiveApp(services, member, params.app)
    const { id: memberId, signIn } = member
    const request = { memberId, signIn, appId: app.id, task: body.task }
    return services.bridge.call<Run>('POST', '/internal/runs', request)
  },
)
