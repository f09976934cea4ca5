import type { Hunk, HunkMark } from '@relpin/authority/contracts/collab.ts'
import { expect, test } from 'vitest'
import { contentKey, markLabel, withBases } from './mark-words.ts'

const hunk = (digest: string, marks: readonly HunkMark[] = [], patch = '1f4a'): Hunk => ({
  digest,
  patch,
  fileId: 'f',
  path: 'src/a.ts',
  marks,
  change: { kind: 'delete' },
})
const on = (...digests: string[]): HunkMark => ({ kind: 'depends', on: digests, why: '' })
const digests = (hunks: readonly Hunk[]): readonly string[] => hunks.map(({ digest }) => digest)

test('a hunk is approved with all that it stands on, in the order of the file', () => {
  const all = [hunk('a'), hunk('b', [on('a')]), hunk('other'), hunk('c', [on('b')])]
  expect(digests(withBases(all[3] as Hunk, all))).toEqual(['a', 'b', 'c'])
  expect(digests(withBases(all[2] as Hunk, all))).toEqual(['other'])
})

test('so it is with what is of another patch, where that is shown as well', () => {
  const all = [hunk('a', [], '9e9e'), hunk('b', [on('a')])]
  expect(digests(withBases(all[1] as Hunk, all))).toEqual(['a', 'b'])
  expect(digests(withBases(all[1] as Hunk, all.slice(1)))).toEqual(['b'])
})

test('hunks that stand on each other are still only two', () => {
  const all = [hunk('a', [on('b')]), hunk('b', [on('a')])]
  expect(digests(withBases(all[0] as Hunk, all))).toEqual(['a', 'b'])
})

test('marks are said in words', () => {
  expect(markLabel({ kind: 'contested', patches: ['1f4a', '2b3c'], why: '' })).toBe(
    'Also in 1f4a, 2b3c',
  )
  expect(markLabel(on('a', 'b'))).toBe('Builds on 2 others')
  expect(markLabel({ kind: 'overlapping', why: '' })).toBe('Overlapping')
})

test('a hunk that reads as before has not changed, whatever its ids are', () => {
  const text = (at: unknown, words: string): Hunk => ({
    ...hunk('x'),
    change: {
      kind: 'text',
      line: 1,
      segments: [{ kind: 'insert', at, text: words, inBranch: { from: null, to: null } }],
    },
  })
  expect(contentKey(text(1, 'a'))).toBe(contentKey(text(2, 'a')))
  expect(contentKey(text(1, 'a'))).not.toBe(contentKey(text(1, 'b')))
})
