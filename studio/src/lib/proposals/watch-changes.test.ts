import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { expect, test } from 'vitest'
import { watchChanges } from './watch-changes.ts'

const hunk = (digest: string, text: string): Hunk => ({
  digest,
  patch: '1f4a',
  fileId: 'f',
  path: 'src/a.ts',
  marks: [],
  change: {
    kind: 'text',
    line: 1,
    segments: [{ kind: 'insert', at: digest, text, inBranch: { from: null, to: null } }],
  },
})

test('what one came to see is not changed', () => {
  expect([...watchChanges()([hunk('a', 'one')])]).toEqual([])
})

test('what its author wrote on is marked, and stays marked', () => {
  const watch = watchChanges()
  watch([hunk('a', 'one'), hunk('b', 'two')])
  expect([...watch([hunk('a2', 'one more'), hunk('b', 'two')])]).toEqual(['a2'])
  expect([...watch([hunk('a3', 'one more'), hunk('b', 'two')])]).toEqual(['a3'])
})

test('new ids after a decision about another hunk are no change', () => {
  const watch = watchChanges()
  watch([hunk('a', 'one'), hunk('b', 'two')])
  expect([...watch([hunk('b2', 'two')])]).toEqual([])
})
