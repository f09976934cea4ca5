/** One file of an app: read, replace, move, delete. */
import { getBlob } from '@relpin/db/blobs.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import {
  acceptedVerdict,
  newText,
  pathParams,
  suggestQuery,
  viewQuery,
} from '#lib/server/api/file-schemas.ts'
import { notFound } from '#lib/server/api/problems.ts'
import { needApp, needLiveApp } from '#lib/server/apps/find-app.ts'
import { readNewText } from '#lib/server/files/read-new-text.ts'
import { acceptedResponse } from '#lib/server/files/accepted-response.ts'
import { deletePath, readFile, renamePath, writeFile } from '#lib/server/files/workspace-files.ts'

export const GET = endpoint(
  {
    summary: 'Read a file: its text, or the bytes of a binary one',
    who: { action: 'app.read' },
    params: pathParams,
    query: viewQuery,
    response: 'text/plain, application/octet-stream',
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const found = await readFile({ services, member, app }, query.view, params.path)
    // A project's HTML and SVG must never run as a page of the studio.
    const headers = { 'cache-control': 'no-store', 'x-file-id': found.fileId }
    if (found.found === 'text') {
      return new Response(found.text, {
        headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
      })
    }
    const bytes = await getBlob(services.sql, found.sha256)
    if (!bytes) throw notFound(`The content of ${params.path}`)
    return new Response(new Uint8Array(bytes), {
      headers: {
        ...headers,
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
      },
    })
  },
)

export const PUT = endpoint(
  {
    summary: 'Replace a text by its smallest difference, or create the file',
    who: 'member',
    params: pathParams,
    query: suggestQuery,
    body: { types: ['text/plain'], json: newText },
    response: acceptedVerdict,
  },
  async ({ services, member, params, query, event }) => {
    const app = await needLiveApp(services, member, params.app)
    const text = await readNewText(event.request)
    return acceptedResponse(
      await writeFile({ services, member, app, suggest: query.suggest }, params.path, text),
    )
  },
)

export const PATCH = endpoint(
  {
    summary: 'Rename or move a file, or a folder with all that is in it',
    who: 'member',
    params: pathParams,
    query: suggestQuery,
    body: z.object({ to: z.string().min(1).max(400) }),
    response: acceptedVerdict,
  },
  async ({ services, member, params, query, body }) => {
    const app = await needLiveApp(services, member, params.app)
    return acceptedResponse(
      await renamePath({ services, member, app, suggest: query.suggest }, params.path, body.to),
    )
  },
)

export const DELETE = endpoint(
  {
    summary: 'Delete a file, or a folder with all that is in it',
    who: 'member',
    params: pathParams,
    query: suggestQuery,
    response: acceptedVerdict,
  },
  async ({ services, member, params, query }) => {
    const app = await needLiveApp(services, member, params.app)
    return acceptedResponse(
      await deletePath({ services, member, app, suggest: query.suggest }, params.path),
    )
  },
)
