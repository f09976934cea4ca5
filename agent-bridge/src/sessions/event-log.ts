/** A session's append-only log: numbered, stored, then told to whoever watches; drafts are told and not stored. */
import type { SessionEvent, SessionHappening } from '@relpin/authority/contracts/bridge.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import { appendSessionEvent, lastSessionEvent, readSessionEvents } from '@relpin/db/sessions.ts'

export type Watcher = (event: SessionEvent) => void

export type SessionLog = {
  /**
   * Stores the happenings in one transaction with `alongside`, in the order of the calls, and then tells the
   * watchers. Rejects, and tells nobody, when the database refuses.
   */
  readonly append: (
    happenings: readonly SessionHappening[],
    alongside?: (tx: Queryable) => Promise<void>,
  ) => Promise<void>
  /** Tells the watchers something that a later, stored happening will replace. */
  readonly draft: (happening: Extract<SessionHappening, { type: 'text' }>) => void
  /**
   * Everything after `after`, then the drafts as they stand, then what happens. Ends when `signal` aborts, and when what
   * is taken falls too far behind what happens: whoever goes on from the last event reads the rest as it is stored.
   */
  readonly follow: (after: number, signal: AbortSignal) => AsyncGenerator<SessionEvent>
}

const PAGE = 500
/** Happenings that wait in memory for one watcher. */
const MAX_WAITING = 500

export function sessionLog(sql: Sql, sessionId: string): SessionLog {
  const watchers = new Set<Watcher>()
  const drafts = new Map<string, SessionEvent>()
  let last: number | null = null
  let queue: Promise<unknown> = Promise.resolve()

  const tell = (event: SessionEvent): void => {
    for (const watcher of watchers) watcher(event)
  }
  const settleDrafts = (happening: SessionHappening): void => {
    if (happening.type === 'text') drafts.delete(happening.part)
    if (happening.type === 'turn-end') drafts.clear()
  }
  const store = async (
    happenings: readonly SessionHappening[],
    alongside: ((tx: Queryable) => Promise<void>) | undefined,
  ): Promise<void> => {
    last ??= await lastSessionEvent(sql, sessionId)
    const first = last + 1
    const at = new Date()
    await sql.begin(async (tx) => {
      for (const [index, happening] of happenings.entries()) {
        await appendSessionEvent(tx, sessionId, first + index, at, happening)
      }
      await alongside?.(tx)
    })
    last += happenings.length
    for (const [index, happening] of happenings.entries()) {
      settleDrafts(happening)
      tell({ seq: first + index, at: at.toISOString(), ...happening })
    }
  }

  return {
    append: (happenings, alongside) => {
      const done = queue.then(() => store(happenings, alongside))
      queue = done.catch(() => undefined)
      return done
    },
    draft: (happening) => {
      const event = { seq: last ?? 0, at: new Date().toISOString(), ...happening }
      drafts.set(happening.part, event)
      tell(event)
    },
    follow: (after, signal) => follow(sql, sessionId, after, signal, watchers, drafts),
  }
}

async function* follow(
  sql: Sql,
  sessionId: string,
  after: number,
  signal: AbortSignal,
  watchers: Set<Watcher>,
  drafts: ReadonlyMap<string, SessionEvent>,
): AsyncGenerator<SessionEvent> {
  const waiting: SessionEvent[] = []
  let behind = false
  let wake: () => void = () => undefined
  const watcher: Watcher = (event) => {
    behind ||= waiting.length >= MAX_WAITING
    if (behind) waiting.length = 0
    else waiting.push(event)
    wake()
  }
  const stop = (): void => wake()
  signal.addEventListener('abort', stop)
  // Before the stored events are read, so that nothing falls between the two.
  watchers.add(watcher)
  try {
    let seen = after
    for (;;) {
      const page = await readSessionEvents(sql, sessionId, seen, PAGE)
      for (const event of page) {
        seen = event.seq
        yield event
      }
      if (page.length < PAGE) break
    }
    yield* [...drafts.values()]
    while (!signal.aborted && !behind) {
      const event = waiting.shift()
      if (!event) {
        await new Promise<void>((resolve) => {
          wake = resolve
          if (waiting.length > 0 || signal.aborted || behind) resolve()
        })
        continue
      }
      const stored = event.type !== 'text' || event.final
      if (stored && event.seq <= seen) continue
      if (stored) seen = event.seq
      yield event
    }
  } finally {
    watchers.delete(watcher)
    signal.removeEventListener('abort', stop)
  }
}
