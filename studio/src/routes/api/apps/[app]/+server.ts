/** One app. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { app, appName, appParams } from '#lib/server/api/schemas.ts'
import { changeApp, removeApp } from '#lib/server/apps/change-app.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const GET = endpoint(
  { summary: 'One app', who: { action: 'app.read' }, params: appParams, response: app },
  ({ services, member, params }) => needApp(services, member, params.app),
)

export const PATCH = endpoint(
  {
    summary: 'Rename an app, put it away or bring it back; its address stays',
    who: { action: 'app.manage', audit: 'app.rename' },
    params: appParams,
    body: z.object({ name: appName.optional(), archived: z.boolean().optional() }),
    response: app,
  },
  async ({ services, member, params, body }) =>
    changeApp(services, member, await needApp(services, member, params.app), body),
)

export const DELETE = endpoint(
  {
    summary: 'Delete an app for good; what the audit says about it stays',
    who: { action: 'app.manage', audit: 'app.delete' },
    params: appParams,
  },
  async ({ services, member, params }) => {
    await removeApp(services, member, await needApp(services, member, params.app))
    return undefined
  },
)
