import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { Subject } from '@relpin/authority/decide.ts'
import { BUILT_IN_ROLES } from '@relpin/authority/roles.ts'
import { describe, expect, test } from 'vitest'
import { authorWords, choicesFor } from './verdict.ts'

const subject = (key: string, memberId = 'me'): Subject => {
  const role = BUILT_IN_ROLES.find((candidate) => candidate.key === key)
  return {
    actor: { kind: 'person', memberId },
    grants: new Set(role?.grants),
    roleName: role?.name ?? '',
  }
}
const hunk = (more: Partial<PendingHunk> & { by?: string; agent?: boolean } = {}): PendingHunk => ({
  digest: 'd',
  patch: '1f4a',
  fileId: 'f',
  path: 'src/a.ts',
  marks: [],
  comments: 0,
  change: { kind: 'text', segments: [], line: 1 },
  patchState: 'pending',
  proposerId: 'p',
  author: { memberId: more.by ?? 'jo', name: 'Jo Sand', agent: more.agent ?? false, hue: 10 },
  why: '',
  byAuthor: false,
  ...more,
})

describe('the buttons of a pending change', () => {
  test('a Maintainer approves or rejects what somebody else proposed', () => {
    expect(choicesFor(hunk(), 'source', subject('maintainer'))).toEqual({
      approve: { word: 'Approve', refused: null },
      reject: { word: 'Reject', refused: null },
    })
  })

  test('a Builder sees why they cannot', () => {
    const { approve } = choicesFor(hunk(), 'source', subject('builder'))
    expect(approve.refused).toContain('Role Builder cannot approve')
  })

  test('who may write accepts the work of their own agent', () => {
    const own = hunk({ by: 'me', agent: true, byAuthor: true })
    expect(choicesFor(own, 'source', subject('builder'))).toEqual({
      approve: { word: 'Accept', refused: null },
      reject: { word: 'Reject', refused: null },
    })
  })

  test('a Reviewer withdraws their own, and somebody else approves it', () => {
    const { approve, reject } = choicesFor(hunk({ by: 'me' }), 'source', subject('reviewer'))
    expect(reject).toEqual({ word: 'Withdraw', refused: null })
    expect(approve.refused).toContain('Somebody else')
  })

  test('nobody decides about what is still being written', () => {
    const { approve } = choicesFor(hunk({ patchState: 'draft' }), 'source', subject('owner'))
    expect(approve.refused).toContain('Still being written')
  })
})

test('an agent is never named without its human', () => {
  expect(authorWords(hunk({ agent: true }).author)).toBe('✦ OpenCode for Jo')
  expect(authorWords(hunk().author)).toBe('Jo')
})
