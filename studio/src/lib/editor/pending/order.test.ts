import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import { expect, test } from 'vitest'
import { inOrder } from './order.ts'

const at = (from: number, digest: string, proposerId: string, after?: string) => ({
  plan: { from },
  hunk: { digest, proposerId, change: { kind: 'text', segments: [], line: 1, after } } as const,
})
const order = (...placed: ReturnType<typeof at>[]): string =>
  inOrder(placed as unknown as { plan: { from: number }; hunk: PendingHunk }[])
    .map(({ hunk }) => hunk.digest)
    .join(' ')

test('hunks come in the order of the text', () => {
  expect(order(at(9, 'late', 'jo'), at(2, 'early', 'jo'))).toBe('early late')
})

test('at one place they come as their branch has them, in whatever order they were told', () => {
  const [first, second, third] = [
    at(5, 'z', 'jo'),
    at(5, 'm', 'jo', 'z'),
    at(5, 'a', 'jo', 'm'),
  ] as const
  expect(order(third, first, second)).toBe('z m a')
  expect(order(second, third, first)).toBe('z m a')
})

test('at one place those of one proposer stay together, the same way for everybody', () => {
  const hunks = [at(5, 'b', 'jo'), at(5, 'x', 'al'), at(5, 'c', 'jo', 'b'), at(5, 'y', 'al', 'x')]
  expect(order(...hunks)).toBe('x y b c')
  expect(order(...hunks.toReversed())).toBe('x y b c')
})
