/** Whose each Yjs client id is: whoever used it first in a file or a branch of it, for ever. The database has the last word. */
import type { PendingQuery, Row } from 'postgres'
import type { Queryable } from './connect.ts'
import type { Append, Author } from './update-log.ts'

/** A Yjs client id that rows are written under, and whose it is. One that is not stored yet is bound by the append. */
export type Binding = {
  readonly doc: string
  readonly clientId: number
  /** Whoever wrote the text at first. */
  readonly author: Author
  /** The patch that brought this text back, if one did. */
  readonly restoredIn?: string | null | undefined
}

/** One hand: a client id that belongs to the one may be used by the other. One hand writes in many patches. */
export const isSameHand = (one: Author, other: Author): boolean =>
  one.memberId === other.memberId &&
  one.sessionId === other.sessionId &&
  one.approverId === other.approverId

const keyOf = ({ doc, clientId }: Pick<Binding, 'doc' | 'clientId'>): string => `${clientId} ${doc}`

/** Each client id that the appends use, once; `null` when they say of one that it belongs to two hands. */
export function bindingsOf(appends: readonly Append[]): readonly Binding[] | null {
  const used = new Map<string, Binding>()
  for (const { bindings } of appends) {
    for (const binding of bindings) {
      const key = keyOf(binding)
      const first = used.get(key)
      if (!first) used.set(key, binding)
      else if (!isSameHand(first.author, binding.author)) return null
    }
  }
  return [...used.values()]
}

/** The columns of the authors, for `unnest`. */
export function authorColumns(
  sql: Queryable,
  of: readonly { readonly author: Author }[],
): PendingQuery<Row[]> {
  return sql`
    ${of.map(({ author }) => author.memberId)}::uuid[], ${of.map(({ author }) => author.sessionId)}::uuid[],
    ${of.map(({ author }) => author.patchId)}::uuid[], ${of.map(({ author }) => author.approverId)}::uuid[]`
}

/** What is stored of the client ids of a batch, and what the appends of it that are admitted bind one after the other. */
export class StoredBindings {
  readonly #hands: Map<string, Author>
  readonly #fresh: Binding[] = []

  private constructor(hands: Map<string, Author>) {
    this.#hands = hands
  }

  static async read(tx: Queryable, batch: readonly Append[]): Promise<StoredBindings> {
    const asked = batch.flatMap(({ bindings }) => bindings)
    if (asked.length === 0) return new StoredBindings(new Map())
    const rows = await tx<
      {
        doc: string
        client: number
        member: string | null
        session: string | null
        approver: string | null
      }[]
    >`
      select doc, client_id as client, member_id as member, session_id as session, approver_id as approver
      from client_bindings where (doc, client_id) in (
        select * from unnest(
          ${asked.map(({ doc }) => doc)}::text[], ${asked.map(({ clientId }) => clientId)}::bigint[]))`
    return new StoredBindings(
      new Map(
        rows.map(({ doc, client, member, session, approver }) => [
          keyOf({ doc, clientId: client }),
          { memberId: member, sessionId: session, patchId: null, approverId: approver },
        ]),
      ),
    )
  }

  /** Whether an append uses a client id that belongs to somebody else. */
  hasForeign({ bindings }: Append): boolean {
    return bindings.some((binding) => {
      const owner = this.#hands.get(keyOf(binding))
      return owner !== undefined && !isSameHand(owner, binding.author)
    })
  }

  /** What an admitted append uses is its author's from now on, also for what comes behind it in the batch. */
  take({ bindings }: Append): void {
    for (const binding of bindings) {
      const key = keyOf(binding)
      if (this.#hands.has(key)) continue
      this.#hands.set(key, binding.author)
      this.#fresh.push(binding)
    }
  }

  /**
   * Stores what was taken. Rejects with what `isBoundMeanwhile` knows when another transaction bound one of them since:
   * whose it is then has to be looked up again.
   */
  async store(tx: Queryable): Promise<void> {
    const rows = this.#fresh.map(({ doc, clientId, author, restoredIn }) => ({
      doc,
      client_id: clientId,
      member_id: author.memberId,
      session_id: author.sessionId,
      patch_id: author.patchId,
      approver_id: author.approverId,
      restored_in: restoredIn ?? null,
    }))
    for (let start = 0; start < rows.length; start += 2_000)
      await tx`insert into client_bindings ${tx(rows.slice(start, start + 2_000))}`
  }
}

/** A client id was bound by another transaction, between the look and the insert. */
export function isBoundMeanwhile(error: unknown): boolean {
  const { code, table_name: table } = error as { code?: unknown; table_name?: unknown }
  return code === '23505' && table === 'client_bindings'
}
