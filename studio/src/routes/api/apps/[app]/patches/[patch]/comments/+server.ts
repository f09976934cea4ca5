/** What people say about the hunks of a patch. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { commentBody, hunkComment } from '#lib/server/api/patch-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { commentHunk, findPatchPlace, listComments } from '#lib/server/patches/patches.ts'

const params = appParams.extend({ patch: z.string().min(1).max(64) })

export const GET = endpoint(
  {
    summary: 'What is said about the hunks of a patch, oldest first',
    who: { action: 'app.read' },
    params,
    response: z.object({ comments: z.array(hunkComment).readonly() }),
  },
  async ({ services, member, params }) => {
    const place = await findPatchPlace(services, member, params.patch, params.app)
    return { comments: await listComments(services, member, place) }
  },
)

export const POST = endpoint(
  {
    summary: 'Comment on a hunk, named by the digest that was seen',
    who: 'member',
    params,
    body: commentBody,
    response: hunkComment,
    status: 201,
  },
  async ({ services, member, params, body }) => {
    const place = await findPatchPlace(services, member, params.patch, params.app)
    return commentHunk(services, member, place, body)
  },
)
