/**
 * The browser's own store of what is not acknowledged yet: rows in IndexedDB, per member and app. Written in the same
 * task as the keystroke and committed explicitly, so that a page that dies a moment later has it.
 */
const DATABASE = 'relpin-unsaved'
const ROWS = 'rows'
const BY_OWNER = 'owner'
const BY_MEMBER = 'member'

export type KeptRow = {
  readonly key: string
  readonly member: string
  readonly app: string
  /** The page that wrote it, and the how manieth it was there. */
  readonly tab: string
  readonly seq: number
  readonly file: string
  readonly path: string
  readonly what:
    | { readonly kind: 'update'; readonly document: string; readonly update: Uint8Array }
    /** What the updates of this page in the document build on. */
    | { readonly kind: 'base'; readonly document: string; readonly state: Uint8Array }
    | {
        readonly kind: 'refusal'
        readonly rule: string
        readonly why: string
        readonly text: string
        /** Milliseconds since 1970. */
        readonly at: number
      }
}

export type KeptStore = {
  /** One transaction. */
  readonly write: (puts: readonly KeptRow[], removals: readonly string[]) => void
  readonly of: (member: string, app?: string) => Promise<readonly KeptRow[]>
  readonly forget: (member: string) => Promise<void>
}

/** Rejects where the browser keeps nothing for pages, as in some private windows. */
export async function openKeptStore(factory: IDBFactory = indexedDB): Promise<KeptStore> {
  const opening = factory.open(DATABASE, 1)
  opening.onupgradeneeded = () => {
    const rows = opening.result.createObjectStore(ROWS, { keyPath: 'key' })
    rows.createIndex(BY_OWNER, ['member', 'app'])
    rows.createIndex(BY_MEMBER, 'member')
  }
  const database = await done(opening)
  // A later version of the studio may want to change the store.
  database.onversionchange = () => database.close()
  return {
    write: (puts, removals) => {
      const transaction = database.transaction(ROWS, 'readwrite', { durability: 'relaxed' })
      const rows = transaction.objectStore(ROWS)
      for (const row of puts) rows.put(row)
      for (const key of removals) rows.delete(key)
      transaction.commit()
    },
    of: async (member, app) => {
      const rows = database.transaction(ROWS, 'readonly').objectStore(ROWS)
      const found: KeptRow[] = await done(
        app === undefined
          ? rows.index(BY_MEMBER).getAll(member)
          : rows.index(BY_OWNER).getAll([member, app]),
      )
      return found.sort((a, b) => (a.tab === b.tab ? a.seq - b.seq : a.tab < b.tab ? -1 : 1))
    },
    forget: async (member) => {
      const transaction = database.transaction(ROWS, 'readwrite')
      const rows = transaction.objectStore(ROWS)
      const keys = await done(rows.index(BY_MEMBER).getAllKeys(member))
      for (const key of keys) rows.delete(key)
      transaction.commit()
    },
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the browser did not say why'))
  })
}
