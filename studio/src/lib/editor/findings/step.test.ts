/** The way from one finding to the next, in the order of the list, past those whose text is gone. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import { expect, it } from 'vitest'
import { nextFinding } from './step.ts'

const at = (id: string, fileId: string, line: number | null): Finding =>
  ({ id, fileId, lines: line === null ? null : { first: line, last: line } }) as Finding
const open = [at('a', 'f', 2), at('gone', 'f', null), at('b', 'f', 9), at('c', 'g', 1)]
const from = (chosen: string | null, line: number, by: 1 | -1): string | undefined =>
  nextFinding({ open, chosen, linesOf: ({ lines }) => lines }, { fileId: 'f', line }, by)?.id

it('begins at the caret', () => {
  expect(from(null, 1, 1)).toBe('a')
  expect(from(null, 3, 1)).toBe('b')
  expect(from(null, 3, -1)).toBe('a')
  expect(from(null, 20, 1)).toBe('a')
})

it('goes on from the one that is meant, through the files, and begins again at the end', () => {
  expect(from('a', 1, 1)).toBe('b')
  expect(from('b', 1, 1)).toBe('c')
  expect(from('c', 1, 1)).toBe('a')
  expect(from('a', 1, -1)).toBe('c')
})

it('leads nowhere where nothing is left', () => {
  const none = { open: [at('gone', 'f', null)], chosen: null, linesOf: () => null }
  expect(nextFinding(none, { fileId: 'f', line: 1 }, 1)).toBeNull()
})
