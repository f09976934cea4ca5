/** `release.json`: what a release is, by content alone; its SHA-256 is the release's digest. */
import type { ReleaseManifest } from '@relpin/authority/contracts/bridge.ts'
import { sha256Hex } from '@relpin/db/blobs.ts'
import { canonicalJson } from './canonical-json.ts'

/** The manifest's own name in every archive; a project file cannot have it. */
export const MANIFEST_NAME = 'release.json'

export type ManifestFile = {
  readonly path: string
  /** Lower-case hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** Sorts the files by the bytes of their paths, so that the order in which they were found does not matter. */
export function makeManifest(files: readonly ManifestFile[]): ReleaseManifest {
  const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  return {
    v: 1,
    files: sorted.map(({ path, sha256, size }) => ({ path, sha256, size, mode: '100644' })),
  }
}

/** The exact bytes of `release.json`. */
export function manifestBytes(manifest: ReleaseManifest): Buffer {
  return Buffer.from(canonicalJson(manifest))
}

/** Lower-case hex SHA-256 of the manifest's bytes: equal content, equal digest. */
export function manifestDigest(manifest: ReleaseManifest): string {
  return sha256Hex(manifestBytes(manifest))
}

/** How a digest is written where people read it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12)
}
