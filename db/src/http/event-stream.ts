/** Server-sent events for one reader, as fast as they are read: who reads slowly is not sent more, and nothing piles up. */

const HEARTBEAT_MS = 15_000
/** What may wait for a reader; then the source waits. */
const WAITING_BYTES = 64 * 1024

type ServerSentEvent = { readonly id: number; readonly data: unknown }

export type EventSource = (
  /** Resolves when there is room for the next one. Several at once are sent in the order of the calls. */
  send: (event: ServerSentEvent) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>

/**
 * Runs `source` until it ends, `signal` aborts or the reader leaves: then the stream is over, and a browser comes again
 * with the id of the last event. `onBug` is told of what the source throws.
 */
export function eventStream(
  source: EventSource,
  signal: AbortSignal,
  onBug: (error: unknown) => void,
): Response {
  const encoder = new TextEncoder()
  const left = new AbortController()
  const over = AbortSignal.any([signal, left.signal])
  let room = Promise.withResolvers<undefined>()
  const goOn = (): void => {
    room.resolve(undefined)
  }
  over.addEventListener('abort', goOn, { once: true })
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const write = (text: string): void => controller.enqueue(encoder.encode(text))
        const isFull = (): boolean => (controller.desiredSize ?? 0) <= 0
        write('retry: 1000\n\n')
        const heartbeat = setInterval(() => {
          if (!isFull()) write(':\n\n')
        }, HEARTBEAT_MS)
        const put = async ({ id, data }: ServerSentEvent): Promise<void> => {
          while (isFull() && !over.aborted) {
            room = Promise.withResolvers()
            await room.promise
          }
          if (!over.aborted) write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`)
        }
        // One after the other: only one ever waits for room, and none overtakes it.
        let last: Promise<void> = Promise.resolve()
        const send = (event: ServerSentEvent): Promise<void> => {
          const sent = last.then(() => put(event))
          last = sent.catch(() => undefined)
          return sent
        }
        void source(send, over)
          .catch(onBug)
          .finally(() => {
            clearInterval(heartbeat)
            // A reader who left has closed it already.
            if (!left.signal.aborted) controller.close()
          })
      },
      pull: goOn,
      cancel: () => {
        left.abort()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES }),
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}
