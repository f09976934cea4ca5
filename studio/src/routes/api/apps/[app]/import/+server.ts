/** Filling an empty app from an archive. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { imported } from '#lib/server/api/file-schemas.ts'
import { MAX_UPLOAD_BYTES, readBytes } from '#lib/server/api/json-body.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { importFiles } from '#lib/server/apps/import-files.ts'
import { planImport } from '#lib/server/archives/plan-import.ts'
import { unpack } from '#lib/server/archives/unpack.ts'

export const POST = endpoint(
  {
    summary: 'Fill an empty app from a .tar.gz or .zip, all of it or nothing',
    who: { action: 'app.manage', audit: 'app.import' },
    params: appParams,
    body: { types: ['application/gzip', 'application/zip'] },
    response: imported,
  },
  async ({ services, member, params, event }) => {
    const app = await needLiveApp(services, member, params.app)
    const archive = await readBytes(event.request, MAX_UPLOAD_BYTES)
    return importFiles(services, member, app, planImport(await unpack(archive)))
  },
)
