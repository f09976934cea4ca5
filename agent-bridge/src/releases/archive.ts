/** A release as one tar: `release.json` first, then every file in the manifest's order; the same bytes every time. */
import type { ReleaseManifest } from '@relpin/authority/contracts/bridge.ts'
import { getBlobs } from '@relpin/db/blobs.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { MANIFEST_NAME, manifestBytes } from './manifest.ts'
import { TAR_END, tarHeader, tarLength, tarPadding } from './tar.ts'

type Files = ReleaseManifest['files']

/** Contents are read from the database in groups of at most this many bytes and files. */
const GROUP_BYTES = 4 * 1024 * 1024
const GROUP_FILES = 200

/** Known before anything is read: the archive's length in bytes. */
export function archiveLength(manifest: ReleaseManifest): number {
  return tarLength([
    { path: MANIFEST_NAME, size: manifestBytes(manifest).length },
    ...manifest.files,
  ])
}

/** Streams the archive. Throws when a stored file is missing or damaged: a wrong archive must not look complete. */
export async function* archive(sql: Queryable, manifest: ReleaseManifest): AsyncGenerator<Buffer> {
  yield entry(MANIFEST_NAME, manifestBytes(manifest))
  for (const group of groups(manifest.files)) {
    const contents = await getBlobs(sql, [...new Set(group.map((file) => file.sha256))])
    for (const file of group) {
      const bytes = contents.get(file.sha256)
      if (bytes?.length !== file.size) throw new Error(`The content of ${file.path} is missing`)
      yield entry(file.path, bytes)
    }
  }
  yield TAR_END
}

function entry(path: string, bytes: Buffer): Buffer {
  return Buffer.concat([tarHeader({ path, size: bytes.length }), bytes, tarPadding(bytes.length)])
}

function* groups(files: Files): Generator<Files> {
  let group: Files[number][] = []
  let size = 0
  for (const file of files) {
    if (group.length > 0 && (group.length >= GROUP_FILES || size + file.size > GROUP_BYTES)) {
      yield group
      group = []
      size = 0
    }
    group.push(file)
    size += file.size
  }
  if (group.length > 0) yield group
}
