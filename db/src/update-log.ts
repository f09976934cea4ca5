/** Where an edit is made durable: admitted updates, appended before anybody applies or sees them. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { appendPlain, isPlain } from './append-plain.ts'
import { appendAudit } from './audit/append.ts'
import type { Cause } from './cause.ts'
import { isBoundMeanwhile, StoredBindings, type Binding } from './client-bindings.ts'
import type { Queryable, Sql } from './connect.ts'
import { GroupCommit } from './group-commit.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { lockSignIns } from './sign-ins.ts'
import { steadily, Unanswered } from './steadily.ts'
import { isConnectionFailure } from './transactions.ts'

/** Whose hands an update is: null for what the platform wrote itself (a tree, a rebase). */
export type Author = {
  readonly memberId: string | null
  readonly sessionId: string | null
  readonly patchId: string | null
  readonly approverId: string | null
}

export type LogRow = {
  readonly doc: string
  readonly seq: number
  readonly generation: number
  readonly bytes: Uint8Array
  readonly author: Author
  readonly cause?: Cause | undefined
}

export type JudgedBy = {
  readonly memberId: string
  readonly grantEpoch: number
  /** Hex SHA-256 of the sign-in through which they came, when they came through one: it must still stand. */
  readonly signIn?: string | undefined
}

export type Append = {
  readonly workspaceId: string
  /** The fence of the home's lease; an older one is refused. */
  readonly fence: number
  /** The authority that the verdict was judged by. When any of it is not so any more, the append is refused. */
  readonly authority: readonly JudgedBy[]
  readonly rows: readonly LogRow[]
  /** Every client id that the rows write under, new ones and known ones: none may belong to somebody else. */
  readonly bindings: readonly Binding[]
  readonly audit: readonly NewAuditEvent[]
  /** Further writes of the same admission, in its transaction: patches, hunks, branches. */
  readonly also?: (tx: Queryable) => Promise<void>
}

/**
 * `authority-changed` also when the app was archived or deleted: nobody has authority over its files then.
 * `foreign-client`: one of the client ids belongs to somebody else, whatever the home remembers of it.
 */
export type AppendOutcome = 'committed' | 'authority-changed' | 'not-home' | 'foreign-client'

export class UpdateLog {
  readonly #sql: Sql
  readonly #group: GroupCommit<Append, AppendOutcome>
  readonly #attempts: Attempts = new WeakMap()

  constructor(sql: Sql) {
    this.#sql = sql
    const flush = async (batch: readonly Append[]): Promise<readonly AppendOutcome[]> => {
      if (batch.every(isPlain) && (await appendPlain(sql, batch)))
        return batch.map(() => 'committed')
      return this.#transaction(batch)
    }
    this.#group = new GroupCommit((batch) =>
      steadily(batch, flush, (items, signal) =>
        committedAlready(sql, items, this.#attempts, signal),
      ),
    )
  }

  /**
   * Called when it is not known whether an append was committed: what is in memory of its workspace may lack it. Set
   * once, at the start.
   */
  onUnanswered: (append: Append) => void = () => undefined

  /** Commits one admission. What needs further writes gets a transaction of its own, others share one. */
  async append(append: Append): Promise<AppendOutcome> {
    try {
      if (!append.also) return await this.#group.add(append)
      const [outcome] = await this.#transaction([append])
      return outcome as AppendOutcome
    } catch (error) {
      if (error instanceof Unanswered || isConnectionFailure(error) || isLoggedAlready(error))
        this.onUnanswered(append)
      throw error
    }
  }

  /** Whoever was second to bind a client id looks whose it is now. */
  async #transaction(batch: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const once = () => this.#sql.begin((tx) => appendBatch(tx, batch, this.#attempts))
    return once().catch((error: unknown) => {
      if (isBoundMeanwhile(error)) return once()
      throw error
    })
  }

  /** The admitted updates of a document after `afterSeq`, of its newest generation, in order. */
  async read(doc: string, generation: number, afterSeq: number): Promise<readonly LogRow[]> {
    const rows = await this.#sql<
      {
        seq: number
        bytes: Buffer
        member: string | null
        session: string | null
        patch: string | null
        approver: string | null
      }[]
    >`
      select seq, bytes, member_id as member, session_id as session, patch_id as patch, approver_id as approver
      from update_log where doc = ${doc} and generation = ${generation} and seq > ${afterSeq} order by seq`
    return rows.map((row) => ({
      doc,
      generation,
      seq: row.seq,
      bytes: row.bytes,
      author: {
        memberId: row.member,
        sessionId: row.session,
        patchId: row.patch,
        approverId: row.approver,
      },
    }))
  }

  /** The highest sequence number ever used for a document, over all generations; 0 for a new one. */
  async lastSeq(doc: string): Promise<number> {
    const [row] = await this.#sql<{ last: number }[]>`
      select greatest((select max(seq) from update_log where doc = ${doc}),
                      (select max(to_seq) from update_archive where doc = ${doc}), 0) as last`
    return row?.last ?? 0
  }

  async bindings(doc: string): Promise<readonly Binding[]> {
    const rows = await this.#sql<
      {
        client: number
        member: string | null
        session: string | null
        patch: string | null
        approver: string | null
      }[]
    >`
      select client_id as client, member_id as member, session_id as session, patch_id as patch,
             approver_id as approver
      from client_bindings where doc = ${doc}`
    return rows.map((row) => ({
      doc,
      clientId: row.client,
      author: {
        memberId: row.member,
        sessionId: row.session,
        patchId: row.patch,
        approverId: row.approver,
      },
    }))
  }
}

/** Of an append without rows, the transaction that was to write it last, and what would have become of it there. */
type Attempts = WeakMap<Append, { readonly transaction: string; readonly outcome: AppendOutcome }>

/**
 * A number is given out once under a fence: a row that has both is this very append's. What has no rows, as a refusal
 * that is only recorded, is found by the transaction that was to write it.
 */
async function committedAlready(
  sql: Sql,
  batch: readonly Append[],
  attempts: Attempts,
  signal: AbortSignal,
): Promise<readonly (AppendOutcome | null)[]> {
  const firsts = batch.map(({ rows: [first] }) => first)
  const ofTransactions = await Promise.all(
    batch.map((append) => outcomeOfTransaction(sql, append, attempts.get(append), signal)),
  )
  const known = firsts.filter((row) => row !== undefined)
  if (known.length === 0) return ofTransactions
  const rows = await sql<{ doc: string; seq: number; fence: number }[]>`
    select doc, seq, fence from update_log
    where (doc, seq) in (select * from unnest(${known.map((row) => row.doc)}::text[], ${known.map((row) => row.seq)}::bigint[]))`
  const found = new Set(rows.map(({ doc, seq, fence }) => `${doc} ${seq} ${fence}`))
  return batch.map(({ fence }, index) => {
    const first = firsts[index]
    if (!first) return ofTransactions[index] ?? null
    return found.has(`${first.doc} ${first.seq} ${fence}`) ? 'committed' : null
  })
}

const UNDER_WAY_MS = 50

/** After a crash a transaction's id may be given out again: only the event that it wrote proves it. */
const RECENT_EVENTS = 10_000

async function outcomeOfTransaction(
  sql: Sql,
  { audit: [event] }: Append,
  attempt: ReturnType<Attempts['get']>,
  signal: AbortSignal,
): Promise<AppendOutcome | null> {
  if (!attempt || !event) return null
  const { transaction, outcome } = attempt
  for (;;) {
    const [row] = await sql<{ status: string | null; written: boolean }[]>`
      select pg_xact_status(${transaction}::xid8) as status, exists (
        select from (
          select xmin, action, target, rule from audit_events
          where org_id = ${event.orgId} order by id desc limit ${RECENT_EVENTS}) recent
        where xmin = (${transaction}::xid8)::xid
          and action = ${event.action} and target = ${event.target} and rule = ${event.rule}) as written`
    if (row?.written) return outcome
    if (row?.status !== 'in progress') return null
    // Its connection is gone, and the server has not noticed yet, or is just committing it.
    await delay(UNDER_WAY_MS)
    signal.throwIfAborted()
  }
}

async function appendBatch(
  tx: Queryable,
  batch: readonly Append[],
  attempts: Attempts,
): Promise<readonly AppendOutcome[]> {
  const rowless = batch.filter((append) => append.rows.length === 0)
  // One after the other on the one connection of the transaction, without waiting in between.
  // Sent together, taken in this order; a removal locks a member before their sign-ins as well.
  const [epochs, signIns, homes, stored, transaction] = await Promise.all([
    lockEpochs(tx, batch),
    lockSignIns(
      tx,
      batch.flatMap((append) => append.authority.flatMap((one) => one.signIn ?? [])),
    ),
    lockHomes(tx, batch),
    StoredBindings.read(tx, batch),
    rowless.length > 0 ? transactionId(tx) : '',
  ])
  const outcomes = batch.map((append): AppendOutcome => {
    const home = homes.get(append.workspaceId)
    if (home?.fence !== append.fence) return 'not-home'
    // A refusal is recorded even there.
    if (!home.writable && append.rows.length > 0) return 'authority-changed'
    const current = append.authority.every(
      ({ memberId, grantEpoch, signIn }) =>
        epochs.get(memberId) === grantEpoch && (signIn === undefined || signIns.has(signIn)),
    )
    if (!current) return 'authority-changed'
    if (stored.hasForeign(append)) return 'foreign-client'
    stored.take(append)
    return 'committed'
  })
  for (const [index, append] of batch.entries()) {
    const outcome = outcomes[index]
    if (append.rows.length === 0 && outcome) attempts.set(append, { transaction, outcome })
  }
  const admitted = batch.filter((_, index) => outcomes[index] === 'committed')
  // What `also` writes comes first: log rows may refer to a patch that it creates.
  for (const append of admitted) await append.also?.(tx)
  await Promise.all([
    insertRows(tx, admitted),
    stored.store(tx),
    appendAudit(
      tx,
      admitted.flatMap((append) => append.audit),
    ),
  ])
  return outcomes
}

async function transactionId(tx: Queryable): Promise<string> {
  const [row] = await tx<{ id: string }[]>`select pg_current_xact_id()::text as id`
  if (!row) throw new Error('a transaction has no id')
  return row.id
}

/** A number was taken after all: by a commit that came later than anybody waited for it. */
function isLoggedAlready(error: unknown): boolean {
  const { code, table_name: table } = error as { code?: unknown; table_name?: unknown }
  return code === '23505' && table === 'update_log'
}

/**
 * Locks the members' rows in a fixed order until the commit. A revocation updates the same row, so it either comes
 * before (and the epochs differ) or waits: no append commits after a revocation has.
 */
async function lockEpochs(tx: Queryable, batch: readonly Append[]): Promise<Map<string, number>> {
  const ids = [...new Set(batch.flatMap((append) => append.authority.map((one) => one.memberId)))]
  if (ids.length === 0) return new Map()
  const rows = await tx<{ id: string; epoch: number }[]>`
    select id, grant_epoch as epoch from members
    where id in ${tx(ids)} and removed_at is null order by id for share`
  return new Map(rows.map((row) => [row.id, row.epoch]))
}

type HomeRow = { readonly id: string; readonly fence: number; readonly writable: boolean }

/** An edit that commits at the very instant in which its app is archived may still land; a later one does not. */
async function lockHomes(
  tx: Queryable,
  batch: readonly Append[],
): Promise<ReadonlyMap<string, HomeRow>> {
  const ids = [...new Set(batch.map((append) => append.workspaceId))]
  const rows = await tx<HomeRow[]>`
    select l.workspace_id as id, l.fence, a.archived_at is null and a.deleted_at is null as writable
    from workspace_leases l join workspaces w on w.id = l.workspace_id join apps a on a.id = w.app_id
    where l.workspace_id in ${tx(ids)} order by l.workspace_id for share of l`
  return new Map(rows.map((row) => [row.id, row]))
}

async function insertRows(tx: Queryable, admitted: readonly Append[]): Promise<void> {
  const rows = admitted.flatMap((append) =>
    append.rows.map((row) => ({
      doc: row.doc,
      seq: row.seq,
      generation: row.generation,
      workspace_id: append.workspaceId,
      bytes: Buffer.from(row.bytes),
      member_id: row.author.memberId,
      session_id: row.author.sessionId,
      patch_id: row.author.patchId,
      approver_id: row.author.approverId,
      fence: append.fence,
      cause: row.cause ? tx.json(row.cause) : null,
    })),
  )
  // A statement takes at most 65,534 parameters; a large import has thousands of rows.
  for (let start = 0; start < rows.length; start += 2_000) {
    await tx`insert into update_log ${tx(rows.slice(start, start + 2_000))}`
  }
}
