/** Bytes by their SHA-256: binary files and the contents of releases, stored once however often they are used. */
import { createHash } from 'node:crypto'
import type { Queryable } from './connect.ts'

type StoredBlob = {
  /** Lower-case hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** Rows of one insert hold at most this many bytes together, so that no statement grows without bound. */
const BATCH_BYTES = 8 * 1024 * 1024
const BATCH_ROWS = 500

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Stores bytes, or finds that they are stored already; the answer is in the order of `contents`. Joins the caller's
 * transaction when given one.
 */
export async function putBlobs(
  sql: Queryable,
  contents: readonly Uint8Array[],
): Promise<StoredBlob[]> {
  const stored = contents.map((bytes) => ({ sha256: sha256Hex(bytes), size: bytes.byteLength }))
  // One order for everybody: two writers of the same blobs then wait for each other instead of deadlocking.
  const distinct = new Map(contents.map((bytes, at) => [stored[at]?.sha256 ?? '', bytes]))
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1))
  let batch: { sha256: string; bytes: Uint8Array }[] = []
  let batchBytes = 0
  for (const [sha256, bytes] of sorted) {
    if (
      batch.length > 0 &&
      (batch.length >= BATCH_ROWS || batchBytes + bytes.byteLength > BATCH_BYTES)
    ) {
      await insert(sql, batch)
      batch = []
      batchBytes = 0
    }
    batch.push({ sha256, bytes })
    batchBytes += bytes.byteLength
  }
  if (batch.length > 0) await insert(sql, batch)
  return stored
}

/** `null` when nothing is stored under this hex digest. */
export async function getBlob(sql: Queryable, sha256: string): Promise<Buffer | null> {
  const [row] = await sql<{ bytes: Buffer }[]>`
    select bytes from blobs where sha256 = ${Buffer.from(sha256, 'hex')}`
  return row?.bytes ?? null
}

/** Those of the given hex digests that are stored. The caller bounds how much it asks for at once. */
export async function getBlobs(
  sql: Queryable,
  digests: readonly string[],
): Promise<Map<string, Buffer>> {
  if (digests.length === 0) return new Map()
  const rows = await sql<{ sha256: string; bytes: Buffer }[]>`
    select encode(sha256, 'hex') as sha256, bytes from blobs
    where sha256 in ${sql(digests.map((digest) => Buffer.from(digest, 'hex')))}`
  return new Map(rows.map((row) => [row.sha256, row.bytes]))
}

/** Sizes of those of the given hex digests that are stored. */
export async function blobSizes(
  sql: Queryable,
  digests: readonly string[],
): Promise<Map<string, number>> {
  if (digests.length === 0) return new Map()
  const rows = await sql<{ sha256: string; size: number }[]>`
    select encode(sha256, 'hex') as sha256, size from blobs
    where sha256 in ${sql(digests.map((digest) => Buffer.from(digest, 'hex')))}`
  return new Map(rows.map((row) => [row.sha256, row.size]))
}

async function insert(
  sql: Queryable,
  blobs: readonly { readonly sha256: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const rows = blobs.map(({ sha256, bytes }) => ({
    sha256: Buffer.from(sha256, 'hex'),
    size: bytes.byteLength,
    bytes: Buffer.from(bytes),
  }))
  await sql`insert into blobs ${sql(rows)} on conflict (sha256) do nothing`
}
