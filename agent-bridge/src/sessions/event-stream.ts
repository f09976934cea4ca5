/** A session's log as server-sent events: what is stored, then what happens. */
import { eventStream as streamOf } from '@relpin/db/http/event-stream.ts'
import { log as logLine } from '../log.ts'
import type { SessionLog } from './event-log.ts'

/** Follows the log from after event `after` until `signal` aborts, or its reader falls too far behind. */
export const eventStream = (log: SessionLog, after: number, signal: AbortSignal): Response =>
  streamOf(
    async (send, over) => {
      for await (const event of log.follow(after, over)) await send({ id: event.seq, data: event })
    },
    signal,
    logLine.bug,
  )
