/** Lists follow what others do, and only what concerns them. */
import { expect, it } from 'vitest'
import type { AuditEvent } from './audit-event.ts'
import { staleAfter } from './stale-after.ts'

const event = (action: string, appId: string | null = 'a1'): AuditEvent => ({
  id: 1,
  at: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'person', memberId: 'm', name: 'Mira', hue: 1, sessionId: null },
  app: appId ? { id: appId, slug: appId, name: appId } : null,
  environment: null,
  action,
  target: '',
  pathClass: null,
  decision: 'allowed',
  rule: '',
  patchId: null,
  reviewer: null,
  detail: {},
})

it('reloads proposals of the app when one is queued or decided', () => {
  expect(staleAfter(event('opencode.queue'), 'a1')).toEqual(['relpin:patches', 'relpin:app'])
  expect(staleAfter(event('patch.approve'), 'a1')).toContain('relpin:patches')
})

it("leaves this app's lists alone when another app changes", () => {
  expect(staleAfter(event('patch.approve', 'a2'), 'a1')).toEqual([])
})

it('reloads nothing for reads and keystrokes', () => {
  expect(staleAfter(event('opencode.read'), 'a1')).toEqual([])
  expect(staleAfter(event('file.write'), 'a1')).toEqual([])
})

it('asks anew what one may do after a role or member changed', () => {
  expect(staleAfter(event('role.change', null), undefined)).toContain('relpin:me')
})
