/** A provider's stream on its way to the caller: unchanged but for the key, metered, bounded, and ended in words. */
import type { IncomingMessage } from 'node:http'
import type { EgressTimes } from './egress.ts'
import type { Meter } from './meter.ts'
import type { CallOutcome } from './spend.ts'
import { withoutKey } from './without-key.ts'

const MAX_STREAM_BYTES = 64 * 1024 * 1024

type Order = {
  readonly answer: IncomingMessage
  readonly key: string
  readonly meter: Meter
  readonly times: EgressTimes
  /** In the form of the protocol. */
  readonly errorEvent: (message: string) => string
  /** Called once, when the last piece is passed on or nobody wants one any more. */
  readonly ended: (outcome: CallOutcome) => void
}

export function answerStream(order: Order): ReadableStream<Uint8Array> {
  const { answer, meter, times } = order
  const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const clean = withoutKey(order.key)
  const since = Date.now()
  let size = 0
  let over = false
  const end = (outcome: CallOutcome): void => {
    if (over) return
    over = true
    order.ended(outcome)
    answer.destroy()
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        // A piece may be held back whole: something must be passed on, or this is not asked again.
        for (;;) {
          const next = await nextPiece(pieces, times.idleMs)
          if (over) return
          const why =
            next.next === 'failed'
              ? next.why
              : next.next === 'piece' && (size += next.bytes.length) > MAX_STREAM_BYTES
                ? 'The provider sent more than an answer may hold.'
                : Date.now() - since > times.wholeMs
                  ? 'The provider took too long to finish its answer.'
                  : null
          if (why !== null) {
            controller.enqueue(Buffer.concat([clean.rest(), Buffer.from(order.errorEvent(why))]))
            end('failed')
            return controller.close()
          }
          if (next.next === 'end') {
            const rest = clean.rest()
            if (rest.length > 0) controller.enqueue(rest)
            end('finished')
            return controller.close()
          }
          if (next.next !== 'piece') continue
          meter.piece(next.bytes)
          const bytes = clean.piece(next.bytes)
          if (bytes.length > 0) return controller.enqueue(bytes)
        }
      },
      cancel: () => end('aborted'),
    },
    { highWaterMark: 0 },
  )
}

type Next =
  | { readonly next: 'piece'; readonly bytes: Buffer }
  | { readonly next: 'end' }
  | { readonly next: 'failed'; readonly why: string }

async function nextPiece(pieces: AsyncIterator<Buffer>, idleMs: number): Promise<Next> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<Next>((resolve) => {
    const why = 'The provider fell silent in the middle of its answer.'
    timer = setTimeout(() => resolve({ next: 'failed', why }), idleMs)
  })
  const piece = pieces.next().then(
    ({ done, value }): Next => (done ? { next: 'end' } : { next: 'piece', bytes: value }),
    (): Next => ({ next: 'failed', why: 'The provider broke off in the middle of its answer.' }),
  )
  try {
    return await Promise.race([piece, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** All of an answer as text, or `null` when it is longer than `limit`, breaks off or takes too long. */
export async function answerText(
  answer: IncomingMessage,
  limit: number,
  times: Pick<EgressTimes, 'idleMs'>,
): Promise<string | null> {
  const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const chunks: Buffer[] = []
  let size = 0
  for (;;) {
    const next = await nextPiece(pieces, times.idleMs)
    if (next.next === 'end') return Buffer.concat(chunks).toString('utf8')
    if (next.next === 'failed' || (size += next.bytes.length) > limit) {
      answer.destroy()
      return null
    }
    chunks.push(next.bytes)
  }
}
