/** What a person sees follows from the events alone, however often and in whatever portions they arrive. */
import type { SessionEvent, SessionHappening } from '@relpin/authority/contracts/bridge.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_FEED, foldEvent, isWorking, openTurn, type Feed } from './session-feed.ts'

const at = (seq: number): string => new Date(1_700_000_000_000 + seq * 1000).toISOString()
const event = (seq: number, happening: SessionHappening): SessionEvent => ({
  seq,
  at: at(seq),
  ...happening,
})
const fold = (events: readonly SessionEvent[], from: Feed = EMPTY_FEED): Feed =>
  events.reduce(foldEvent, from)

const prompt = (seq: number, text = '/review src/App.ts', turn = 't1'): SessionEvent =>
  event(seq, { type: 'prompt', turn, memberId: 'm1', memberName: 'Jo Sand', text })
const step = (seq: number, call: string, status: 'running' | 'done' | 'failed'): SessionEvent =>
  event(seq, {
    type: 'step',
    turn: 't1',
    call,
    tool: 'read',
    title: 'Read src/App.ts',
    detail: '12 lines',
    status,
    startedAt: at(2),
    endedAt: status === 'running' ? null : at(seq),
    outcome: null,
  })
const words = (seq: number, text: string, final = false): SessionEvent =>
  event(seq, { type: 'text', turn: 't1', part: 'p1', kind: 'answer', text, final })
const end = (seq: number, reason: 'done' | 'aborted' = 'done'): SessionEvent =>
  event(seq, {
    type: 'turn-end',
    turn: 't1',
    reason,
    why: null,
    elapsedMs: 12_000,
    tokens: { input: 10, cached: 0, output: 5, reasoning: 0 },
    patch: '1f4a',
  })
const state = (seq: number, value: 'starting' | 'connected' | 'working'): SessionEvent =>
  event(seq, { type: 'state', state: value })

const STORY = [
  state(1, 'connected'),
  prompt(2),
  state(3, 'working'),
  step(4, 'c1', 'running'),
  step(5, 'c1', 'done'),
  words(5, 'The variant'),
  words(5, 'The variant is **missing**'),
  words(6, 'The variant is **missing**.', true),
  end(7),
  state(8, 'connected'),
]

describe('the feed of a session', () => {
  test('shows the plan as it was told last, also when an old one is heard again', () => {
    const plan = (seq: number, status: 'pending' | 'completed'): SessionEvent =>
      event(seq, { type: 'plan', turn: 't1', items: [{ text: 'Look', status }] })
    const feed = fold([prompt(1), plan(2, 'pending'), plan(3, 'completed'), plan(2, 'pending')])
    expect(feed.turns[0]?.plan).toEqual([{ text: 'Look', status: 'completed' }])
  })

  test('shows the prompt, its steps, the answer and the end as one turn', () => {
    const feed = fold(STORY)
    expect(feed).toMatchObject({ state: 'connected', seq: 8 })
    expect(feed.turns).toHaveLength(1)
    const [turn] = feed.turns
    expect(turn?.prompt).toMatchObject({ memberName: 'Jo Sand', text: '/review src/App.ts' })
    expect(turn?.items).toMatchObject([
      { kind: 'step', call: 'c1', status: 'done' },
      { kind: 'text', text: 'The variant is **missing**.', final: true },
    ])
    expect(turn?.end).toMatchObject({ reason: 'done', elapsedMs: 12_000, patch: '1f4a' })
    expect(openTurn(feed)).toBeNull()
  })

  test('replaces streamed text and running steps in place', () => {
    const feed = fold(STORY.slice(0, 7))
    expect(feed.turns[0]?.items).toMatchObject([
      { status: 'done' },
      { text: 'The variant is **missing**', final: false, startedAt: at(5) },
    ])
    expect(isWorking(feed)).toBe(true)
    expect(isWorking(fold(STORY.slice(7), feed))).toBe(false)
  })

  test('is the same after a reconnect that repeats any part of the story', () => {
    const whole = fold(STORY)
    fc.assert(
      fc.property(fc.nat(STORY.length), fc.nat(STORY.length), (cut, again) => {
        const resumed = fold(STORY.slice(Math.min(cut, again)), fold(STORY.slice(0, cut)))
        expect(resumed).toEqual(whole)
        expect(fold(STORY.slice(0, again), whole)).toEqual(whole)
      }),
    )
  })

  test('never goes back from done to running, nor from final to unfinished text', () => {
    const feed = fold([step(5, 'c1', 'done'), words(6, 'all', true)])
    expect(fold([step(6, 'c1', 'running'), words(6, 'al')], feed)).toEqual(feed)
  })

  test('closes what still ran when a turn is stopped', () => {
    const feed = fold([prompt(1), step(2, 'c1', 'running'), words(2, 'I will'), end(3, 'aborted')])
    expect(feed.turns[0]?.items).toMatchObject([
      { status: 'failed', cutOff: true, endedAt: at(3) },
      { text: 'I will', final: true },
    ])
  })

  test('begins a turn that it joins in the middle, and keeps earlier turns untouched', () => {
    const first = fold(STORY)
    const joined = foldEvent(first, { ...words(9, 'more'), turn: 't2' } as SessionEvent)
    expect(joined.turns).toHaveLength(2)
    expect(joined.turns[1]).toMatchObject({ id: 't2', prompt: null })
    expect(joined.turns[0]).toBe(first.turns[0])
  })
})
