/** What is asked of a database that does not answer ends with the patience of whoever asked. */
import { afterEach, expect, test, vi } from 'vitest'
import { steadily } from './steadily.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('looking what became of a commit ends when nobody waits for it any more, and is begun anew', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const asked = Promise.withResolvers<AbortSignal>()
  const lost = Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' })
  const looks = vi
    .fn<(items: readonly string[], signal: AbortSignal) => Promise<readonly string[]>>()
    .mockImplementationOnce((_items, signal) => {
      asked.resolve(signal)
      return new Promise(() => undefined)
    })
    .mockResolvedValue(['committed'])
  const done = steadily<string, string>(['one'], () => Promise.reject(lost), looks)
  const signal = await asked.promise
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect(signal.aborted).toBe(true)
  expect(await done).toEqual(['committed'])
  expect(looks).toHaveBeenCalledTimes(2)
})
