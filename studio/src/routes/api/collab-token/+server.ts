/** The key to an app's live documents. */
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams, moment, uuid } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const POST = endpoint(
  {
    summary: 'A short-lived token for the WebSocket at /collab',
    who: { action: 'app.read' },
    body: appParams,
    response: z.object({ token: z.string(), expiresAt: moment, workspaceId: uuid, appId: uuid }),
  },
  async ({ services, member, body }) => {
    const app = await needApp(services, member, body.app)
    const expiresAt = Date.now() + services.config.collabTokenMs
    const place = { appId: app.id, workspaceId: app.workspaceId }
    const claims = { ...place, memberId: member.id, signIn: member.signIn, expiresAt }
    const token = mintCollabToken(claims, services.config.serviceToken)
    return { ...place, token, expiresAt: new Date(expiresAt) }
  },
)
