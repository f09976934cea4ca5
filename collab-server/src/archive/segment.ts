/** How many log rows are kept as one: their updates, and apart from them the facts of each, both compressed. */
import type { Cause } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { RowFacts } from '../history/facts.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export async function packBytes(bytes: Uint8Array): Promise<Buffer> {
  return compress(bytes)
}

export async function unpackBytes(packed: Uint8Array): Promise<Buffer> {
  return decompress(packed)
}

/** Each update after its length in four bytes. */
export async function packUpdates(updates: readonly Uint8Array[]): Promise<Buffer> {
  const pieces = updates.flatMap((update) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(update.length)
    return [length, update]
  })
  return compress(Buffer.concat(pieces))
}

export async function unpackUpdates(packed: Uint8Array): Promise<readonly Uint8Array[]> {
  const all = await decompress(packed)
  const updates: Uint8Array[] = []
  for (let at = 0; at < all.length;) {
    const length = all.readUInt32LE(at)
    updates.push(all.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return updates
}

/** Column by column, numbers as differences: what changes little compresses well. */
type Columns = {
  readonly v: 1
  readonly authors: readonly (readonly (string | null)[])[]
  readonly clients: readonly number[]
  readonly seq: readonly number[]
  readonly at: readonly number[]
  readonly author: readonly number[]
  readonly deleted: readonly number[]
  /** How many ranges each row has, and of each: which client, from, length. */
  readonly ranges: readonly number[]
  readonly ids: readonly number[]
  readonly causes: readonly (readonly [row: number, cause: Cause])[]
}

export async function packFacts(rows: readonly RowFacts[]): Promise<Buffer> {
  const authors = new Numbered<Author>(({ memberId, sessionId, patchId, approverId }) =>
    [memberId, sessionId, patchId, approverId].join(' '),
  )
  const clients = new Numbered<number>(String)
  const columns: Columns = {
    v: 1,
    author: rows.map(({ author }) => authors.of(author)),
    ids: rows.flatMap(({ ids }) =>
      ids.flatMap(({ client, from, to }) => [clients.of(client), from, to - from]),
    ),
    authors: authors.all.map((one) => [one.memberId, one.sessionId, one.patchId, one.approverId]),
    clients: clients.all,
    seq: differences(rows.map((row) => row.seq)),
    at: differences(rows.map((row) => row.at)),
    deleted: rows.map((row) => row.deleted),
    ranges: rows.map((row) => row.ids.length),
    causes: rows.flatMap(({ cause }, row) => (cause ? [[row, cause] as const] : [])),
  }
  return compress(JSON.stringify(columns))
}

export async function unpackFacts(packed: Uint8Array): Promise<readonly RowFacts[]> {
  const columns = JSON.parse((await decompress(packed)).toString()) as Columns
  const authors = columns.authors.map(
    ([memberId = null, sessionId = null, patchId = null, approverId = null]): Author => ({
      memberId,
      sessionId,
      patchId,
      approverId,
    }),
  )
  const causes = new Map(columns.causes)
  const number = (list: readonly number[], index: number): number => list[index] ?? 0
  let seq = 0
  let at = 0
  let id = 0
  return columns.seq.map((step, row) => {
    seq += step
    at += number(columns.at, row)
    const ids = Array.from({ length: number(columns.ranges, row) }, () => {
      const client = number(columns.clients, number(columns.ids, id))
      const from = number(columns.ids, id + 1)
      const to = from + number(columns.ids, id + 2)
      id += 3
      return { client, from, to }
    })
    const author = authors[number(columns.author, row)] as Author
    const deleted = number(columns.deleted, row)
    return { seq, at, author, cause: causes.get(row) ?? null, ids, deleted }
  })
}

const differences = (list: readonly number[]): readonly number[] =>
  list.map((value, index) => value - (list[index - 1] ?? 0))

/** Numbers whatever comes, in the order in which it comes. */
class Numbered<T> {
  readonly all: T[] = []
  readonly #numbers = new Map<string, number>()
  readonly #keyOf: (one: T) => string

  constructor(keyOf: (one: T) => string) {
    this.#keyOf = keyOf
  }

  of(one: T): number {
    const key = this.#keyOf(one)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const fresh = this.all.length
    this.all.push(one)
    this.#numbers.set(key, fresh)
    return fresh
  }
}
