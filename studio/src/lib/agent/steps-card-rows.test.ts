/** What was said before a step stands with the steps; what was said after all of them is the answer. */
import { describe, expect, test } from 'vitest'
import type { FeedItem, FeedStep, FeedText, Turn } from './session-feed.ts'
import { cardRows } from './steps-card-rows.ts'

const at = (second: number): string => new Date(1_700_000_000_000 + second * 1000).toISOString()
const step = (call: string, from: number, to: number | null): FeedStep => ({
  kind: 'step',
  call,
  tool: 'read',
  title: `Read ${call}`,
  detail: '',
  status: to === null ? 'running' : 'done',
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  outcome: null,
  cutOff: false,
})
const said = (part: string, when: number, voice: FeedText['voice'] = 'answer'): FeedText => ({
  kind: 'text',
  part,
  voice,
  text: part,
  final: true,
  startedAt: at(when),
})
const turn = (...items: FeedItem[]): Turn => ({
  id: 't',
  startedAt: at(0),
  prompt: null,
  plan: null,
  items,
  end: null,
})
const answers = (...items: FeedItem[]): string[] =>
  cardRows(turn(...items)).answers.map((text) => text.part)

describe('a turn on screen', () => {
  test('has the words after its last step as the answer', () => {
    expect(answers(said('first I look', 1), step('a', 2, 3), said('done', 4))).toEqual(['done'])
    expect(answers(said('only words', 1))).toEqual(['only words'])
  })

  test('puts words that were heard late where they were said', () => {
    const late = turn(step('a', 2, 3), said('first I look', 1), said('done', 4))
    const { rows, answers: after } = cardRows(late)
    expect(rows.map((row) => (row.kind === 'step' ? row.call : row.part))).toEqual([
      'first I look',
      'a',
    ])
    expect(after.map((text) => text.part)).toEqual(['done'])
    expect(answers(step('a', 2, null), said('first I look', 1))).toEqual([])
  })

  test('keeps thoughts among the steps, wherever they come', () => {
    const { rows } = cardRows(turn(step('a', 1, 2), said('hm', 3, 'reasoning'), said('done', 4)))
    expect(rows.map((row) => row.kind)).toEqual(['step', 'text'])
  })
})
