/** Unpacks an uploaded archive by looking at its first bytes: what a client says it is does not matter. */
import { refuseArchive } from './budget.ts'
import { readTar } from './read-tar.ts'
import { readZip } from './read-zip.ts'

export type UnpackedEntry = {
  /** Clean and relative, still with a common top folder. */
  readonly path: string
  /** Known and not wanted: `.git`, `node_modules` and what Macs add. */
  readonly skip: boolean
  readonly folder: boolean
  /** `null` for folders and for what is skipped. */
  readonly bytes: Buffer | null
}

/** Throws the refusal of the whole archive. */
export async function unpack(archive: Buffer): Promise<readonly UnpackedEntry[]> {
  if (archive.length === 0)
    throw refuseArchive('The upload was empty. Choose a .tar.gz or .zip file.')
  const gzip = archive[0] === 0x1f && archive[1] === 0x8b
  const tar = archive.subarray(257, 262).toString('latin1') === 'ustar'
  if (gzip || tar) return readTar(archive)
  const zip = archive.subarray(0, 2).toString('latin1') === 'PK'
  if (zip) return readZip(archive)
  throw refuseArchive('It is neither a .tar.gz nor a .zip file. Choose one of these.')
}
