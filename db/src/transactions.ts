/**
 * Transactions that end with their connection. When a connection breaks, the driver rejects `begin`, and then still
 * sends the transaction's rollback, and whatever its callback goes on to ask, over the same connection object: the
 * process ends, or another transaction that has it meanwhile is rolled back and reported as committed.
 */
import type postgres from 'postgres'

type Any = postgres.Sql<{ bigint: number }>
type Begin = (...args: unknown[]) => Promise<unknown>
type Callback = (tx: object) => unknown

/** The connection ended, could not be made, or the server is going down or coming up: nothing is wrong with the query. */
export function isConnectionFailure(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return false
  return (
    /^(08|57P0|25P03)/.test(code) ||
    /^(CONNECTION_|CONNECT_TIMEOUT$|ECONN|EPIPE$|ENO(ENT|TFOUND)$|EAI_AGAIN$|ETIMEDOUT$|E(HOST|NET)UNREACH$)/.test(
      code,
    )
  )
}

/** The end of a connection is known by then. */
const OTHERS_FAILURE_MS = 1_000

/** Replaces `begin` of this pool. */
export function endWithTheirConnection(sql: Any): void {
  const begin = sql.begin.bind(sql) as unknown as Begin
  const guarded: Begin = (...args) => {
    const callback = args.pop() as Callback
    let over = false
    const run = (tx: object): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const open = new Proxy(tx, {
          apply: (target, self, given: unknown[]): unknown => {
            if (over) throw new Error('the connection of this transaction has ended')
            return Reflect.apply(target as (...all: unknown[]) => unknown, self, given)
          },
        })
        Promise.resolve()
          .then(() => callback(open))
          .then(resolve, (error: unknown) => {
            if (over) return
            if (!isConnectionFailure(error)) {
              reject(error)
              return
            }
            // `begin` is rejected by the connection's end, and nothing is to be rolled back there any more. Where the
            // failure was another connection's, this one goes on and must not keep its locks.
            setTimeout(() => {
              if (!over) reject(error)
            }, OTHERS_FAILURE_MS).unref()
          })
      })
    const running = begin(...args, run)
    running.catch(() => {
      over = true
    })
    return running
  }
  Object.assign(sql, { begin: guarded })
}
