/** What waits is summed up by patch. */
import { describe, expect, test } from 'vitest'
import type { StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import type { FeedStep, Turn } from './session-feed.ts'
import { queuedPatches, pathIn } from './turn-outcome.ts'

const step = (title: string, outcome: StepOutcome | null): FeedStep => ({
  kind: 'step',
  call: title,
  tool: 'edit',
  title,
  detail: '',
  status: 'done',
  startedAt: '',
  endedAt: '',
  outcome,
  cutOff: false,
})
const turn = (...items: FeedStep[]): Turn => ({
  id: 't',
  startedAt: '',
  prompt: null,
  plan: null,
  items,
  end: null,
})
const queued = (why: string): StepOutcome => ({
  kind: 'queued',
  patch: '1f4a',
  rule: 'authoring:queue',
  why,
})

describe('what waits of a turn', () => {
  test('names each patch once, with its files and every different reason', () => {
    const patches = queuedPatches(
      turn(
        step('Read src/a.ts', null),
        step('Edited src/b.ts', { kind: 'applied', patch: null }),
        step('Edited src/a.ts', queued('Role Reviewer queues edits to source files.')),
        step('Edited src/a.ts', queued('Role Reviewer queues edits to source files.')),
        step('Edited package.json', queued('Role Reviewer queues edits to dependency files.')),
      ),
    )
    expect(patches).toEqual([
      {
        patch: '1f4a',
        rule: 'authoring:queue',
        paths: ['src/a.ts', 'package.json'],
        reasons: [
          'Role Reviewer queues edits to source files.',
          'Role Reviewer queues edits to dependency files.',
        ],
      },
    ])
  })
})

test('a path is found in the words of a step', () => {
  expect(pathIn('Edited src/routes/[id]/+page.svelte')).toBe('src/routes/[id]/+page.svelte')
  expect(pathIn('Read src/components, theme.css, tsconfig')).toBe('src/components')
  expect(pathIn('Created Dockerfile')).toBeNull()
  expect(pathIn('Searched for "x"')).toBeNull()
  expect(pathIn('Edited .env')).toBe('.env')
})
