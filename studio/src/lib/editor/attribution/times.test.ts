import type { BlameResponse } from '@relpin/authority/contracts/history.ts'
import { describe, expect, it } from 'vitest'
import type { ShownHand } from './hand.ts'
import { latestIn, Times } from './times.ts'

const person = (id: string): ShownHand => ({
  member: { id, name: id, hue: 1 },
  session: null,
  patch: null,
  approver: null,
  restored: null,
  pending: false,
})
const mira = person('Mira')
const jo = person('Jo')
const BLAME: BlameResponse = {
  seq: 3,
  text: 'one two\n',
  hands: [mira, jo],
  runs: [
    { length: 4, hand: 0, at: '2026-01-01T10:00:00Z' },
    { length: 3, hand: 1, at: '2026-01-01T11:00:00Z' },
    { length: 1, hand: 0, at: '2026-01-01T12:00:00Z' },
  ],
}

describe('when a text was written', () => {
  it('is the newest time of that hand in the range', () => {
    expect(latestIn(BLAME, BLAME.text, 0, 8, mira)).toBe('2026-01-01T12:00:00Z')
    expect(latestIn(BLAME, BLAME.text, 0, 4, mira)).toBe('2026-01-01T10:00:00Z')
    expect(latestIn(BLAME, BLAME.text, 4, 5, jo)).toBe('2026-01-01T11:00:00Z')
    expect(latestIn(BLAME, BLAME.text, 0, 4, jo)).toBeNull()
  })

  it('is still found when somebody has typed before it', () => {
    const text = `new ${BLAME.text}`
    expect(latestIn(BLAME, text, 8, 11, jo)).toBe('2026-01-01T11:00:00Z')
    expect(latestIn(BLAME, text, 4, 8, mira)).toBe('2026-01-01T10:00:00Z')
  })

  it('is not known of what was typed since', () => {
    expect(latestIn(BLAME, `new ${BLAME.text}`, 0, 4, mira)).toBeNull()
    expect(latestIn(BLAME, 'one, two\n', 3, 4, mira)).toBeNull()
  })

  it('is asked for once while the text stands', async () => {
    let asked = 0
    const times = new Times(async () => {
      asked += 1
      return { ok: true, value: BLAME }
    })
    await Promise.all([times.load(BLAME.text), times.load(BLAME.text)])
    await times.load(BLAME.text)
    expect(asked).toBe(1)
    expect(times.latest(BLAME.text, 4, 7, jo)).toBe('2026-01-01T11:00:00Z')
  })
})
