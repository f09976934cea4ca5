/** Bytes go in once and come out as they were. */
import { describe, expect, test } from 'vitest'
import { blobSizes, getBlob, putBlobs, sha256Hex } from './blobs.ts'
import { createTestDatabase } from './testing/test-database.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('blobs', () => {
  test('are found by the digest of their bytes, and stored once', async () => {
    await using db = await createTestDatabase()
    const logo = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256)
    const [first] = await putBlobs(db.sql, [logo])
    const [again] = await putBlobs(db.sql, [logo])
    expect(again).toEqual(first)
    expect(first).toEqual({ sha256: sha256Hex(logo), size: logo.length })
    expect(new Uint8Array((await getBlob(db.sql, sha256Hex(logo))) ?? [])).toEqual(logo)
    expect((await db.sql`select 1 from blobs`).length).toBe(1)
    expect(await getBlob(db.sql, sha256Hex('nobody stored this'))).toBeNull()
  })

  test('are stored many at once, empty and repeated ones included', async () => {
    await using db = await createTestDatabase()
    const contents = ['', 'a', 'b', 'a', ...Array.from({ length: 1200 }, (_, n) => `file ${n}`)]
    const stored = await putBlobs(db.sql, contents.map(bytes))
    expect(stored.map((blob) => blob.sha256)).toEqual(contents.map(sha256Hex))
    const sizes = await blobSizes(db.sql, [...stored.map((blob) => blob.sha256), sha256Hex('?')])
    expect(sizes.size).toBe(1203)
    expect(sizes.get(sha256Hex(''))).toBe(0)
    expect(await blobSizes(db.sql, [])).toEqual(new Map())
  })

  test('may be stored by several writers at the same moment', async () => {
    await using db = await createTestDatabase()
    const contents = Array.from({ length: 200 }, (_, n) => bytes(`shared ${n}`))
    await Promise.all(
      [contents, contents.toReversed(), contents].map((list) =>
        db.sql.begin((tx) => putBlobs(tx, list)),
      ),
    )
    expect((await db.sql`select 1 from blobs`).length).toBe(200)
  })
})
