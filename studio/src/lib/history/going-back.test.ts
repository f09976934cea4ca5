import { BUILT_IN_ROLES } from '@relpin/authority/roles.ts'
import { describe, expect, it } from 'vitest'
import type { Me } from '#lib/api/shapes.ts'
import { authorityOver, outcomeOf, willHappen } from './going-back.ts'

function as(key: string): Me {
  const role = BUILT_IN_ROLES.find((each) => each.key === key)
  if (!role) throw new Error(`no role ${key}`)
  return {
    member: { id: 'm', name: 'Mira Kask', email: 'mira@example.test', hue: 1 },
    org: { id: 'o', name: 'Org' },
    role: { key, name: role.name, grants: [...role.grants] },
  }
}

describe('before going back', () => {
  it('is said to land for who may write', () => {
    expect(willHappen(authorityOver(as('builder'), ['src/a.ts']))).toMatch(/lands at once/)
  })

  it('is said to wait for who may only propose', () => {
    const decision = authorityOver(as('reviewer'), ['src/a.ts'])
    expect(decision.effect).toBe('queue')
    expect(willHappen(decision)).toMatch(/waits as a proposal.*A Maintainer can approve/)
  })

  it('is refused to a Viewer, with the reason', () => {
    const decision = authorityOver(as('viewer'), ['src/a.ts'])
    expect(decision.effect).toBe('deny')
    expect(willHappen(decision)).toMatch(/Role Viewer reads and does not write/)
  })

  it('is as strict as the strictest of the files', () => {
    expect(authorityOver(as('builder'), ['src/a.ts', 'AGENTS.md']).effect).toBe('queue')
    expect(authorityOver(as('owner'), ['src/a.ts', '.env']).effect).toBe('deny')
  })

  it('is not allowed for a file that is gone', () => {
    expect(authorityOver(as('owner'), []).effect).toBe('deny')
  })
})

describe('after going back', () => {
  it('says what landed and what waits', () => {
    const landed = {
      verdict: 'applied',
      patch: '1f4a',
      left: ['Line 3 has changed since.'],
    } as const
    expect(outcomeOf({ ok: true, value: landed })).toMatchObject({
      title: 'Landed as patch 1f4a',
      left: ['Line 3 has changed since.'],
    })
    const waits = { verdict: 'queued', rule: 'r', why: 'w', patch: '2b', branch: null } as const
    expect(outcomeOf({ ok: true, value: { ...waits, left: [] } }).title).toBe(
      'Waits for approval as patch 2b',
    )
  })

  it('names the rule that denied it, and tells a refusal from a failure', () => {
    const problem = { type: 'about:blank', title: 'Not allowed', status: 403, detail: 'No.' }
    expect(outcomeOf({ ok: false, problem: { ...problem, rule: 'authoring:exec' } })).toEqual({
      kind: 'denied',
      title: 'Denied by rule authoring:exec',
      rule: 'authoring:exec',
      why: 'No.',
    })
    expect(outcomeOf({ ok: false, problem }).kind).toBe('failed')
    const same = { ...problem, status: 409, title: 'Conflict', detail: 'It reads so already.' }
    expect(outcomeOf({ ok: false, problem: same })).toEqual({
      kind: 'failed',
      title: 'Nothing was changed',
      why: 'It reads so already.',
    })
  })
})
