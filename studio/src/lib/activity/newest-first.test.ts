/** The activity shows every event once, whatever way it came. */
import { expect, it } from 'vitest'
import type { AuditEvent } from './audit-event.ts'
import { newestFirst } from './newest-first.ts'

const events = (...ids: number[]): AuditEvent[] => ids.map((id) => ({ id }) as AuditEvent)
const ids = (list: readonly AuditEvent[]): number[] => list.map((event) => event.id)

it('shows what arrived above what was loaded', () => {
  expect(ids(newestFirst(events(5, 4), events(3, 2)))).toEqual([5, 4, 3, 2])
})

it('shows an event once that both came and was loaded', () => {
  expect(ids(newestFirst(events(4, 3), events(3, 2)))).toEqual([4, 3, 2])
})

it('puts an event that was committed late where it belongs', () => {
  expect(ids(newestFirst(events(4, 6), events(5, 3)))).toEqual([6, 5, 4, 3])
})
