/** What a page has loaded and what arrived since, as one list: every event once, newest first. */
import type { AuditEvent } from './audit-event.ts'

/** The order of the log is not the order of arrival: a transaction that began earlier may end later. */
export function newestFirst(
  arrived: readonly AuditEvent[],
  loaded: readonly AuditEvent[],
): readonly AuditEvent[] {
  const known = new Set(loaded.map((event) => event.id))
  const fresh = arrived.filter((event) => !known.has(event.id))
  if (fresh.length === 0) return loaded
  return [...fresh, ...loaded].sort((a, b) => b.id - a.id)
}
