/** A turn tells what happened in order: growing texts as drafts, then whole; the bridge's own record of every tool call. */
import type { SessionHappening } from '@relpin/authority/contracts/bridge.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OpencodePart } from './opencode-events.ts'
import { Turn } from './turn.ts'

let stored: SessionHappening[] = []
let drafts: string[] = []
let turn: Turn
beforeEach(() => {
  vi.useFakeTimers()
  stored = []
  drafts = []
  turn = new Turn('Fix it\nplease', {
    store: (happening) => stored.push(happening),
    draft: (text) => drafts.push(text.text),
  })
  turn.hear({ type: 'message.updated', properties: { info: { id: 'a', role: 'assistant' } } })
})
afterEach(() => {
  vi.useRealTimers()
})

const part = (value: object) =>
  turn.hear({
    type: 'message.part.updated',
    properties: { part: { id: 'p', messageID: 'a', ...value } as OpencodePart },
  })
const delta = (text: string) =>
  turn.hear({
    type: 'message.part.delta',
    properties: { partID: 'p', field: 'text', delta: text },
  })

describe('texts', () => {
  it('grow as drafts, not one for every piece, and are stored once when they are whole', () => {
    part({ type: 'text', text: '', time: { start: 1 } })
    for (const piece of ['Hel', 'lo ', 'you']) delta(piece)
    vi.advanceTimersByTime(50)
    expect(drafts).toEqual(['Hello you'])
    expect(stored).toEqual([])
    part({ type: 'text', text: 'Hello you.', time: { start: 1, end: 2 } })
    part({ type: 'text', text: 'Hello you.', time: { start: 1, end: 2 } })
    expect(stored).toMatchObject([
      { type: 'text', kind: 'answer', text: 'Hello you.', final: true },
    ])
  })

  it('are kept as far as they came when the turn is stopped', () => {
    part({ type: 'reasoning', text: 'Let me', time: { start: 1 } })
    delta(' see')
    turn.close('Stopped.')
    expect(stored).toMatchObject([{ kind: 'reasoning', text: 'Let me see', final: true }])
  })

  it('of the person are not repeated as answers', () => {
    turn.hear({ type: 'message.updated', properties: { info: { id: 'u', role: 'user' } } })
    part({ messageID: 'u', type: 'text', text: 'Fix it', time: { start: 1, end: 1 } })
    expect(stored).toEqual([])
  })
})

describe('steps', () => {
  const failed = { status: 'error', error: 'filePath: expected a text' }

  it('are told by the bridge itself, whatever OpenCode says about them', () => {
    turn.stepStarted('c', 'edit', 'Edit a.ts')
    part({ type: 'tool', tool: 'edit', callID: 'c', state: failed })
    const outcome = { kind: 'queued', patch: '1f4a', rule: 'r', why: 'w' } as const
    turn.stepEnded('c', { status: 'done', title: 'Proposed a.ts', detail: 'w', outcome })
    expect(stored).toMatchObject([
      { call: 'c', status: 'running', endedAt: null },
      { call: 'c', status: 'done', outcome },
    ])
    expect(turn).toMatchObject({ changed: true, patch: '1f4a' })
  })

  it('tell of a call that OpenCode refused before it came to the bridge', () => {
    part({ type: 'tool', tool: 'edit', callID: 'c', state: failed })
    part({ type: 'tool', tool: 'edit', callID: 'c', state: failed })
    expect(stored).toHaveLength(2)
    expect(stored[1]).toMatchObject({ title: 'Tried to use edit', status: 'failed' })
  })

  it('show the plan that OpenCode keeps for itself', () => {
    const todo = { type: 'tool', tool: 'todowrite', callID: 't' }
    part({ ...todo, state: { status: 'pending' } })
    part({ ...todo, state: { status: 'running' } })
    part({ ...todo, state: { status: 'completed' } })
    expect(stored).toMatchObject([
      { status: 'running' },
      { title: 'Planned the work', status: 'done' },
    ])
  })

  it('come with the plan as it stands, in words of its own for what each is', () => {
    const todos = [
      { content: 'Read it', status: 'completed' },
      { content: 'Change it', status: 'in_progress' },
      { content: 'x'.repeat(400), status: 'someday' },
    ]
    turn.hear({ type: 'todo.updated', properties: { todos } })
    expect(stored).toMatchObject([
      {
        type: 'plan',
        items: [
          { text: 'Read it', status: 'completed' },
          { text: 'Change it', status: 'in_progress' },
          { text: 'x'.repeat(300), status: 'pending' },
        ],
      },
    ])
  })

  it('are said to be cut off when the turn ends before they do, and corrected by what really came of them', () => {
    turn.stepStarted('c', 'write', 'Write a.ts')
    turn.close('Stopped.')
    expect(stored.at(-1)).toMatchObject({ status: 'failed', detail: 'Stopped.' })
    const outcome = { kind: 'applied', patch: null } as const
    turn.stepEnded('c', { status: 'done', title: 'Wrote a.ts', detail: '', outcome })
    expect(stored.at(-1)).toMatchObject({ status: 'done', outcome })
  })
})

it('counts every step’s tokens once', () => {
  const tokens = { input: 10, output: 5, reasoning: 2, cache: { read: 3, write: 0 } }
  part({ id: 's1', type: 'step-finish', tokens })
  part({ id: 's1', type: 'step-finish', tokens })
  part({ id: 's2', type: 'step-finish', tokens })
  expect(turn.tokens).toEqual({ input: 20, cached: 6, output: 10, reasoning: 4 })
  expect(turn.title).toBe('Fix it')
})
