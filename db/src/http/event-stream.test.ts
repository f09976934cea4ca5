/** An event stream goes at the pace of its reader. */
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { eventStream, type EventSource } from './event-stream.ts'

const LARGE = 'x'.repeat(10_000)

/** Sends events without an end, and says how many it could. */
function endless() {
  const state = { sent: 0, ended: false }
  const source: EventSource = async (send, signal) => {
    while (!signal.aborted) {
      await send({ id: state.sent, data: LARGE })
      state.sent += 1
    }
    state.ended = true
  }
  return { state, source }
}

test('a reader who reads nothing is sent no more than fits, and holds nobody up when leaving', async () => {
  const { state, source } = endless()
  const bug = vi.fn()
  const { body } = eventStream(source, new AbortController().signal, bug)
  for (let turn = 0; turn < 1_000; turn += 1) await setImmediate()
  expect(state.sent).toBeGreaterThan(0)
  expect(state.sent * LARGE.length).toBeLessThan(100_000)

  const reader = body?.getReader()
  for (let read = 0; read < 50; read += 1) await reader?.read()
  await vi.waitFor(() => {
    expect(state.sent).toBeGreaterThan(50)
  })
  expect(state.sent).toBeLessThan(70)
  await reader?.cancel()
  await vi.waitFor(() => {
    expect(state.ended).toBe(true)
  })
  expect(bug).not.toHaveBeenCalled()
})

test('what ends it ends it, also while nobody reads', async () => {
  const { state, source } = endless()
  const over = new AbortController()
  eventStream(source, over.signal, vi.fn())
  for (let turn = 0; turn < 50; turn += 1) await setImmediate()
  over.abort()
  await vi.waitFor(() => {
    expect(state.ended).toBe(true)
  })
})

test('every event comes once and whole, in order, with its id', async () => {
  const source: EventSource = async (send) => {
    for (let id = 1; id <= 300; id += 1) await send({ id, data: { id, text: LARGE.slice(id) } })
  }
  const answer = eventStream(source, new AbortController().signal, vi.fn())
  const events = [...(await answer.text()).matchAll(/id: (\d+)\ndata: (.*)\n\n/g)]
  expect(events.map(([, id]) => Number(id))).toEqual(Array.from({ length: 300 }, (_, at) => at + 1))
  expect(events.every(([, id, data]) => JSON.parse(data ?? '').id === Number(id))).toBe(true)
})

test('events that are sent at once wait for each other, and all of them come, in order', async () => {
  const ids = [1, 2, 3, 4, 5]
  const large = LARGE.repeat(7)
  const source: EventSource = async (send) => {
    await Promise.all(ids.map((id) => send({ id, data: large })))
  }
  const answer = eventStream(source, new AbortController().signal, vi.fn())
  const events = [...(await answer.text()).matchAll(/id: (\d+)\n/g)]
  expect(events.map(([, id]) => Number(id))).toEqual(ids)
})
