/** The releases of an app. */
import type { PinnedRelease, ReleaseList } from '@relpin/authority/contracts/bridge.ts'
import { readCursor, writeCursor } from '@relpin/db/page.ts'
import { z } from 'zod'
import { pinnedRelease, release } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams, pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const GET = endpoint(
  {
    summary: 'Releases, newest first',
    who: { action: 'app.read' },
    params: appParams,
    query: pageQuery,
    response: pageOf(release),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const before = readCursor(query.cursor)
    const asked = new URLSearchParams({ appId: app.id, limit: String(query.limit) })
    if (typeof before === 'number') asked.set('before', String(before))
    const { releases, next } = await services.bridge.call<ReleaseList>(
      'GET',
      `/internal/releases?${asked}`,
    )
    return { items: releases, next: next === null ? null : writeCursor(next) }
  },
)

export const POST = endpoint(
  {
    summary: 'Pin main as a release; content that was pinned before is that release again',
    who: 'member',
    params: appParams,
    body: z.object({ title: z.string().trim().max(200).default('') }),
    response: pinnedRelease,
    status: 201,
  },
  async ({ services, member, params, body }) => {
    const app = await needApp(services, member, params.app)
    const request = { memberId: member.id, appId: app.id, title: body.title }
    return services.bridge.call<PinnedRelease>('POST', '/internal/releases', request)
  },
)
