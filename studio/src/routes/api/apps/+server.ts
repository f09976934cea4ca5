/** The apps of the organization. */
import { listApps } from '@relpin/db/apps.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { createdApp } from '#lib/server/api/file-schemas.ts'
import { MAX_UPLOAD_BYTES, readBytes, readJson } from '#lib/server/api/json-body.ts'
import { refuse } from '#lib/server/api/problems.ts'
import { app, appName, pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { addApp } from '#lib/server/apps/change-app.ts'
import { planImport } from '#lib/server/archives/plan-import.ts'
import { unpack } from '#lib/server/archives/unpack.ts'
import { starterPlan } from '#lib/server/starter/starter.ts'

const newApp = z.object({ name: appName, from: z.enum(['starter', 'empty']).default('starter') })

export const GET = endpoint(
  {
    summary: 'Apps, newest first; `archived=true` for those put away',
    who: { action: 'app.read' },
    query: pageQuery.extend({ archived: z.stringbool().default(false) }),
    response: pageOf(app),
  },
  ({ services, member, query }) => listApps(services.sql, member.orgId, query.archived, query),
)

export const POST = endpoint(
  {
    summary: 'Create an app: from the starter, empty, or with `?name=` from an uploaded archive',
    who: { action: 'app.manage', audit: 'app.create' },
    query: z.object({ name: appName.optional() }),
    body: { json: newApp, types: ['application/gzip', 'application/zip'] },
    response: createdApp,
    status: 201,
  },
  async ({ services, member, query, event }) => {
    if (query.name !== undefined) {
      const archive = await readBytes(event.request, MAX_UPLOAD_BYTES)
      return addApp(services, member, query.name, planImport(await unpack(archive)))
    }
    const given = newApp.safeParse(await readJson(event.request))
    if (!given.success) {
      throw refuse(
        400,
        'Not understood',
        'Send {"name": "...", "from": "starter" or "empty"}, or the bytes of an archive with "?name=".',
      )
    }
    const { name, from } = given.data
    const nothing = { files: [], leftOut: [], skipped: 0 }
    return addApp(services, member, name, from === 'empty' ? nothing : starterPlan())
  },
)
