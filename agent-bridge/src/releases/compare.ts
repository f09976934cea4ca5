/** What changed from one release to another, with the texts to show side by side. */
import type { ReleaseComparison, ReleaseManifest } from '@relpin/authority/contracts/bridge.ts'
import { getBlobs } from '@relpin/db/blobs.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import type { Release } from '@relpin/db/releases.ts'

type ManifestEntry = ReleaseManifest['files'][number]
type PathChange = {
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Hex digests of the contents; `null` where the file is not in that release. */
  readonly before: string | null
  readonly after: string | null
}

/** Which paths differ, in the order of the manifests. Files that only moved are a removal and an addition. */
function changedPaths(from: ReleaseManifest, to: ReleaseManifest): PathChange[] {
  const before = byPath(from)
  const after = byPath(to)
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  return paths.flatMap((path): PathChange[] => {
    const was = before.get(path)?.sha256 ?? null
    const is = after.get(path)?.sha256 ?? null
    if (was === is) return []
    const change = was === null ? 'added' : is === null ? 'removed' : 'changed'
    return [{ path, change, before: was, after: is }]
  })
}

/** The comparison that the API answers with; `null` stands for a missing file and for one that is not text. */
export async function compareReleases(
  sql: Queryable,
  from: Release,
  to: Release,
): Promise<ReleaseComparison> {
  const changes = changedPaths(from.manifest, to.manifest)
  const digests = changes.flatMap(({ before, after }) => [before, after]).filter((d) => d !== null)
  const contents = await getBlobs(sql, [...new Set(digests)])
  const textOf = (digest: string | null): string | null =>
    digest === null ? null : decodeText(contents.get(digest))
  return {
    from: from.summary.digest,
    to: to.summary.digest,
    files: changes.map(({ path, change, before, after }) => ({
      path,
      change,
      before: textOf(before),
      after: textOf(after),
    })),
  }
}

function byPath(manifest: ReleaseManifest): Map<string, ManifestEntry> {
  return new Map(manifest.files.map((file) => [file.path, file]))
}

/** `null` for bytes that are no UTF-8 text, and for missing ones. */
function decodeText(bytes: Buffer | undefined): string | null {
  if (!bytes || bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
