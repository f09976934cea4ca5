/** Fills an empty workspace with planned files: blobs first, then one command that lands all of them or none. */
import type { ImportRequest } from '@relpin/authority/contracts/collab.ts'
import type { App } from '@relpin/db/apps.ts'
import { putBlobs } from '@relpin/db/blobs.ts'
import { commanderOf } from '#lib/server/api/endpoint.ts'
import type { ImportPlan, LeftOut } from '#lib/server/archives/plan-import.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

export type Imported = {
  readonly imported: number
  readonly leftOut: readonly LeftOut[]
  readonly skipped: number
}

/** Throws the collaboration server's problem: a workspace that is not empty, or a member who may not. */
export async function importFiles(
  { sql, collab }: Services,
  member: SignedInMember,
  app: App,
  plan: ImportPlan,
): Promise<Imported> {
  const binaries = plan.files.flatMap(({ content }) =>
    content.kind === 'binary' ? [content.bytes] : [],
  )
  // A blob that nothing refers to, because the command was refused, is harmless.
  const stored = await putBlobs(sql, binaries)
  let next = 0
  const files = plan.files.map(({ path, content }) => {
    if (content.kind === 'text') return { path, content }
    const blob = stored[next]
    next += 1
    if (!blob) throw new Error('A blob was not stored.')
    return { path, content: { kind: 'binary' as const, ...blob } }
  })
  const request: ImportRequest = { as: commanderOf(member), workspaceId: app.workspaceId, files }
  const { imported } = await collab.call<{ imported: number }>('POST', '/internal/import', request)
  return { imported, leftOut: plan.leftOut, skipped: plan.skipped }
}
