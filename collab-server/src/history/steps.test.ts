import type { Author } from '@relpin/db/update-log.ts'
import { describe, expect, it } from 'vitest'
import type { RowFacts } from './facts.ts'
import { stepsOf } from './steps.ts'

const mira: Author = { memberId: 'mira', sessionId: null, patchId: null, approverId: null }
const row = (seq: number, more: Partial<RowFacts> = {}): RowFacts => ({
  seq,
  at: seq * 1_000,
  author: mira,
  cause: null,
  ids: [],
  deleted: 0,
  ...more,
})
const kinds = (rows: readonly RowFacts[]) => stepsOf(rows).map(({ kind, to }) => [kind, to])

describe('the steps of a file', () => {
  it('are bursts of typing', () => {
    expect(kinds([row(1), row(2), row(200)])).toEqual([
      ['typing', 200],
      ['typing', 2],
    ])
  })

  it('keep what is typed into a new file apart from its creation', () => {
    expect(kinds([row(1, { cause: { kind: 'create' } }), row(2), row(3)])).toEqual([
      ['typing', 3],
      ['create', 1],
    ])
  })
})
