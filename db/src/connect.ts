/** One pool of connections to PostgreSQL, with the types that the rest of the code expects. */
import postgres from 'postgres'
import { endWithTheirConnection } from './transactions.ts'

export type Sql = postgres.Sql<{ bigint: number }>
/** A transaction, or the pool: what a query that joins its caller's transaction takes. */
export type Queryable = Sql | postgres.TransactionSql<{ bigint: number }>

/** Opens a pool. `bigint` columns arrive as numbers: sequence numbers stay far below 2^53. */
export function connect(
  url: string,
  options: { readonly max?: number; readonly answerSeconds?: number } = {},
): Sql {
  const sql = postgres(url, {
    max: options.max ?? 10,
    ...(options.answerSeconds === undefined ? {} : { connect_timeout: options.answerSeconds }),
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
