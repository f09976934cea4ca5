/** The files of an app. */
import { z } from 'zod'
import { readCursor, writeCursor } from '@relpin/db/page.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import {
  acceptedVerdict,
  fileEntry,
  suggestQuery,
  viewQuery,
} from '#lib/server/api/file-schemas.ts'
import { appParams, pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { needApp, needLiveApp } from '#lib/server/apps/find-app.ts'
import { acceptedResponse } from '#lib/server/files/accepted-response.ts'
import { createFile, listFiles } from '#lib/server/files/workspace-files.ts'

export const GET = endpoint(
  {
    summary: 'Files by path: main, or (`view=mine`) main with your own open proposals',
    who: { action: 'app.read' },
    params: appParams,
    query: pageQuery.extend(viewQuery.shape),
    response: pageOf(fileEntry),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const after = readCursor(query.cursor)
    const entries = await listFiles({ services, member, app }, query.view)
    const rest = typeof after === 'string' ? entries.filter((one) => one.path > after) : entries
    const items = rest.slice(0, query.limit)
    const last = items.at(-1)
    return { items, next: last && rest.length > items.length ? writeCursor(last.path) : null }
  },
)

export const POST = endpoint(
  {
    summary: 'Create a text file',
    who: 'member',
    params: appParams,
    query: suggestQuery,
    body: z.object({ path: z.string().min(1).max(400), text: z.string().default('') }),
    response: acceptedVerdict,
    status: 201,
  },
  async ({ services, member, params, query, body }) => {
    const app = await needLiveApp(services, member, params.app)
    const desk = { services, member, app, suggest: query.suggest }
    return acceptedResponse(await createFile(desk, body.path, body.text), 201)
  },
)
