/** The workspace as it stands, as a tar.gz of every file of main at one instant. */
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { CutRequest, CutResponse } from '@relpin/authority/contracts/collab.ts'
import type { App } from '@relpin/db/apps.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { getBlob } from '@relpin/db/blobs.ts'
import { pack, type Pack } from 'tar-stream'
import { logError } from '#lib/server/log.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** Everything lies in one folder named after the app. The download is recorded before the first byte. */
export async function downloadApp(
  services: Services,
  member: SignedInMember,
  app: App,
): Promise<Response> {
  const request: CutRequest = { workspaceId: app.workspaceId }
  const cut = await services.collab.call<CutResponse>('POST', '/internal/cut', request)
  await appendAudit(services.sql, [
    {
      orgId: app.orgId,
      appId: app.id,
      actorKind: 'person',
      memberId: member.id,
      action: 'app.download',
      target: `${app.name} · ${cut.files.length} files`,
      decision: 'allowed',
      rule: 'action:studio:authoring:read',
    },
  ])
  const tar = pack()
  const gzip = createGzip()
  tar.on('error', (error) => gzip.destroy(error))
  tar.pipe(gzip)
  void fill(tar, services, app, cut).catch((error: unknown) => {
    logError('download', error)
    // Cut short rather than ended well: a client sees that the archive is not whole.
    gzip.destroy(error instanceof Error ? error : new Error('download failed'))
  })
  return new Response(Readable.toWeb(gzip) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': 'application/gzip',
      'content-disposition': `attachment; filename="${app.slug}.tar.gz"`,
      'cache-control': 'no-store',
    },
  })
}

async function fill(tar: Pack, { sql }: Services, app: App, cut: CutResponse): Promise<void> {
  for (const file of cut.files) {
    const bytes = file.kind === 'text' ? Buffer.from(file.text) : await getBlob(sql, file.sha256)
    if (!bytes) throw new Error(`The content of ${file.path} is missing.`)
    const header = { name: `${app.slug}/${file.path}`, mode: 0o644, mtime: new Date(0) }
    await new Promise<void>((resolve, reject) => {
      tar.entry(header, bytes, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }
  tar.finalize()
}
