/** Keystrokes in the audit log: one event opens a burst with its first update, one closes it with the counts. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { randomUUID } from 'node:crypto'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'

const IDLE_MS = 15_000

type Burst = {
  readonly id: string
  readonly event: NewAuditEvent
  notes: number
  updates: number
  inserted: number
  deleted: number
  timer: NodeJS.Timeout
}

export class Bursts {
  readonly #sql: Sql
  readonly #open = new Map<string, Burst>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * Counts what was admitted in a burst. Returns the event to commit with it when it is the first. `key` says whose
   * and where: another decision or patch is another burst.
   */
  note(
    key: string,
    event: NewAuditEvent,
    change: { readonly updates: number; readonly inserted: number; readonly deleted: number },
  ): NewAuditEvent | null {
    const burst = this.#open.get(key)
    if (burst) {
      burst.notes += 1
      burst.updates += change.updates
      burst.inserted += change.inserted
      burst.deleted += change.deleted
      burst.timer.refresh()
      return null
    }
    const id = randomUUID()
    const timer = setTimeout(() => void this.#close(key), IDLE_MS)
    timer.unref()
    this.#open.set(key, { id, event, notes: 1, ...change, timer })
    return { ...event, detail: { ...event.detail, burst: id, edge: 'open' } }
  }

  /** The first update was not committed after all: no burst was opened. */
  undo(key: string): void {
    const burst = this.#open.get(key)
    if (burst?.notes !== 1) return
    clearTimeout(burst.timer)
    this.#open.delete(key)
  }

  async closeAll(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key)
  }

  async #close(key: string): Promise<void> {
    const burst = this.#open.get(key)
    if (!burst) return
    this.#open.delete(key)
    clearTimeout(burst.timer)
    const { id, event, updates, inserted, deleted } = burst
    // A refusal that stayed alone has been told whole.
    if (event.decision === 'denied' && burst.notes === 1) return
    try {
      const detail = { ...event.detail, burst: id, edge: 'close', updates, inserted, deleted }
      await appendAudit(this.#sql, [{ ...event, detail }])
    } catch (error) {
      // Every update is in the log with its author; only the counts are missing here.
      log('warn', 'burst.close-failed', { why: reasonOf(error) })
    }
  }
}
