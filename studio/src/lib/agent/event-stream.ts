/** Follows one session's events for as long as somebody looks, resuming where it stopped. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'

type StreamListener = {
  /** Several at once, in order: whatever arrived since the last painted frame. */
  readonly onEvents: (events: readonly SessionEvent[]) => void
  /** `live` once the server answers, `lost` while it does not; it is tried again until closed. */
  readonly onConnection: (connection: 'live' | 'lost') => void
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 10_000

/** Returns a function that stops it. `after` is the last sequence number already known. */
export function followSession(
  sessionId: string,
  after: number,
  listener: StreamListener,
): () => void {
  let seq = after
  let waiting: SessionEvent[] = []
  let source: EventSource | null = null
  let retry = FIRST_RETRY_MS
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let flushTimer: ReturnType<typeof setTimeout> | undefined

  function open(): void {
    source = new EventSource(`/api/sessions/${encodeURIComponent(sessionId)}/events?after=${seq}`)
    source.onopen = () => {
      retry = FIRST_RETRY_MS
      listener.onConnection('live')
    }
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as SessionEvent
      seq = Math.max(seq, event.seq)
      waiting.push(event)
      // A frame's worth at a time; a timer rather than a frame, because hidden pages paint none.
      flushTimer ??= setTimeout(flush, 16)
    }
    // The browser would retry by itself, but from the address it began with: the log would be replayed.
    source.onerror = () => {
      source?.close()
      listener.onConnection('lost')
      retryTimer = setTimeout(open, retry)
      retry = Math.min(retry * 2, LAST_RETRY_MS)
    }
  }

  function flush(): void {
    flushTimer = undefined
    const events = waiting
    waiting = []
    listener.onEvents(events)
  }

  open()
  return () => {
    clearTimeout(retryTimer)
    clearTimeout(flushTimer)
    source?.close()
  }
}
