/** Pages of a list: an opaque cursor that names the last row seen, so that rows which arrive meanwhile spoil nothing. */

export type Page<T> = {
  readonly items: readonly T[]
  /** Pass it as `cursor` for what follows; `null` at the end. */
  readonly next: string | null
}

export type PageRequest = {
  /** 1 to 200. */
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Where a list that is ordered by time goes on. `at` is the database's own text: a `Date` would lose microseconds. */
type TimeKey = { readonly at: string; readonly id: string }

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function writeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** What `writeCursor` was given, or `null` for anything else: a foreign cursor starts the list anew. */
export function readCursor(cursor: string | undefined): unknown {
  if (cursor === undefined) return null
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

export function readTimeCursor(cursor: string | undefined): TimeKey | null {
  const key = readCursor(cursor)
  if (!Array.isArray(key)) return null
  const [at, id] = key as unknown[]
  if (typeof at !== 'string' || typeof id !== 'string') return null
  return UUID.test(id) && !Number.isNaN(Date.parse(at)) ? { at, id } : null
}

/** Makes a page of `limit + 1` rows that were read: the extra one only tells that there is more. */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => unknown,
  item: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items: shown.map(item), next: more ? writeCursor(key(last)) : null }
}
