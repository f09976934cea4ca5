/** One pool of connections to PostgreSQL, with the types that the rest of the code expects. */
import postgres from 'postgres'
import { endWithTheirConnection } from './transactions.ts'

export type Sql = postgres.Sql<{ bigint: number }>
/** A transaction, or the pool: what a query that joins its caller's transaction takes. */
export type Queryable = Sql | postgres.TransactionSql<{ bigint: number }>

/**
 * Shorter than a lease: a process that stops in the middle of a transaction, or is cut off, must not keep the locks by
 * which another one would take its place.
 */
const IDLE_TRANSACTION_SECONDS = 5

/** Opens a pool. `bigint` columns arrive as numbers: sequence numbers stay far below 2^53. */
export function connect(
  url: string,
  options: {
    readonly max?: number
    readonly answerSeconds?: number
    /** After which an open transaction that asks nothing is ended by the database. */
    readonly idleTransactionSeconds?: number
  } = {},
): Sql {
  const sql = postgres(url, {
    max: options.max ?? 10,
    ...(options.answerSeconds === undefined ? {} : { connect_timeout: options.answerSeconds }),
    connection: {
      idle_in_transaction_session_timeout:
        (options.idleTransactionSeconds ?? IDLE_TRANSACTION_SECONDS) * 1000,
    },
    onnotice: () => undefined,
    // A database that comes back is found again within a moment, not after the driver's growing pauses.
    backoff: () => 0.2,
    types: {
      bigint: {
        to: 20,
        from: [20],
        serialize: (value: number) => String(value),
        parse: (text: string) => Number(text),
      },
    },
  })
  endWithTheirConnection(sql)
  return sql
}
