/** A process of its own with two honest clients: one types, and each key's way to the other is timed. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { api } from '../../support/api.ts'
import { openRaw } from '../../support/raw-document.ts'

export type TypistOrder = {
  readonly url: string
  readonly app: string
  readonly fileId: string
  readonly typist: string
  readonly reader: string
}
export type TypistAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'times'; readonly ms: readonly number[]; readonly lost: number }

const EVERY_MS = 40
const LATEST_MS = 5_000

async function type(order: TypistOrder): Promise<void> {
  const name = (): string => fileDocument(order.fileId)
  const from = await openRaw(order.url, api(order.url, order.typist), order.app, name)
  const to = await openRaw(order.url, api(order.url, order.reader), order.app, name)
  const sent = new Map<number, number>()
  let times: number[] = []
  let next = 0
  to.text.observe((event) => {
    const now = performance.now()
    for (const { insert } of event.delta) {
      if (typeof insert !== 'string') continue
      for (const [, number] of insert.matchAll(/(\d+);/g)) {
        const at = sent.get(Number(number))
        if (at === undefined) continue
        times.push(now - at)
        sent.delete(Number(number))
      }
    }
  })
  process.on('message', (message: unknown) => {
    if (message !== 'take') return
    const now = performance.now()
    const lost = [...sent.values()].filter((at) => now - at > LATEST_MS).length
    tell({ type: 'times', ms: times, lost })
    times = []
  })
  tell({ type: 'ready' })
  for (;;) {
    sent.set(next, performance.now())
    from.text.insert(from.text.length, `${next};`)
    next += 1
    // Short enough that the text stays small over minutes.
    if (from.text.length > 20_000) from.text.delete(0, 10_000)
    await delay(EVERY_MS)
  }
}

const tell = (answer: TypistAnswer): void => void process.send?.(answer)

process.once('message', (order: TypistOrder) => {
  void type(order)
})
process.on('disconnect', () => process.exit(0))
