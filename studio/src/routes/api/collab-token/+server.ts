/** The key to an app's live documents. */
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import { findWorkspaceOfFile } from '@relpin/db/workspaces.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { notFound } from '#lib/server/api/problems.ts'
import { appParams, moment, uuid } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const POST = endpoint(
  {
    summary:
      'A short-lived token for live documents: of an app at /collab, of one file at /yjs/:file',
    who: { action: 'app.read' },
    body: appParams.extend({ fileId: uuid.optional() }),
    response: z.object({
      token: z.string(),
      expiresAt: moment,
      workspaceId: uuid,
      appId: uuid,
      /** Where a plain Yjs client joins that file. */
      url: z.string().optional(),
    }),
  },
  async ({ services, member, body }) => {
    const app = await needApp(services, member, body.app)
    const { fileId } = body
    const isThere =
      fileId === undefined || (await findWorkspaceOfFile(services.sql, fileId)) === app.workspaceId
    if (!isThere) throw notFound('This file')
    const { serviceToken, publicUrl, collabTokenMs } = services.config
    const expiresAt = Date.now() + collabTokenMs
    const place = { appId: app.id, workspaceId: app.workspaceId }
    const claims = { ...place, fileId, memberId: member.id, signIn: member.signIn, expiresAt }
    return {
      ...place,
      token: mintCollabToken(claims, serviceToken),
      expiresAt: new Date(expiresAt),
      ...(fileId === undefined ? {} : { url: `${publicUrl.replace(/^http/, 'ws')}/yjs/${fileId}` }),
    }
  },
)
