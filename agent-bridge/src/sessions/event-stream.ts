/** A session's log as server-sent events: what is stored, then what happens, with a heartbeat in between. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'
import type { SessionLog } from './event-log.ts'

const HEARTBEAT_MS = 15_000

/** Follows the log from after event `after` until `signal` aborts. */
export function eventStream(log: SessionLog, after: number, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  const ended = new AbortController()
  const events = log.follow(after, AbortSignal.any([signal, ended.signal]))
  let heartbeat: NodeJS.Timeout | undefined
  const body = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      controller.enqueue(encoder.encode('retry: 1000\n\n'))
      heartbeat = setInterval(() => controller.enqueue(encoder.encode(':\n\n')), HEARTBEAT_MS)
      void pump(events, (event) => controller.enqueue(encoder.encode(frame(event))))
        .then(() => controller.close())
        .catch((error: unknown) => controller.error(error))
        .finally(() => clearInterval(heartbeat))
        // The reader went away first.
        .catch(() => undefined)
    },
    cancel: () => {
      clearInterval(heartbeat)
      ended.abort()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

async function pump(
  events: AsyncGenerator<SessionEvent>,
  send: (event: SessionEvent) => void,
): Promise<void> {
  for await (const event of events) send(event)
}

function frame(event: SessionEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`
}
