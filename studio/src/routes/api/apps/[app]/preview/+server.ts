/** Opening the preview of an app. */
import type { Preview } from '@relpin/authority/contracts/preview.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { preview } from '#lib/server/api/preview-schemas.ts'
import { refuse } from '#lib/server/api/problems.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { previewOrigin, whyNoPreviewHost } from '#lib/server/preview-host.ts'

export const POST = endpoint(
  {
    summary: "Open the app's preview: its development server on main's live text, at an own host",
    who: { action: 'app.read', audit: 'preview.start' },
    params: appParams,
    body: z.object({ anew: z.boolean().default(false) }),
    response: preview,
  },
  async ({ services, member, params, body }) => {
    const app = await needLiveApp(services, member, params.app)
    const { publicUrl } = services.config
    const none = whyNoPreviewHost(publicUrl)
    if (none !== null) throw refuse(409, 'No place for a preview', none)
    const order = { memberId: member.id, appId: app.id, anew: body.anew }
    const opened = await services.bridge.call<Preview>('POST', '/internal/previews', order)
    return { ...opened, url: `${previewOrigin(publicUrl, opened.id)}/` }
  },
)
