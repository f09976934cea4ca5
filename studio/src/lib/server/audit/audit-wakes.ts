/** One listening connection for all who follow the audit log. */
import type { Sql } from '@relpin/db/connect.ts'

const listeners = new Set<() => void>()
let listening: Promise<unknown> | null = null

/** Calls `listener` whenever events were added, and after a lost connection is back. Returns how to stop. */
export async function onAudit(sql: Sql, listener: () => void): Promise<() => void> {
  listeners.add(listener)
  const ring = (): void => {
    for (const one of listeners) one()
  }
  listening ??= sql.listen('audit', ring, ring).catch((error: unknown) => {
    listening = null
    throw error
  })
  await listening
  return () => listeners.delete(listener)
}
