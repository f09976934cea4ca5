/** Which hunks of two proposers change the same lines, however many they are. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HunkLines, lastLine } from './marks.ts'
import type { TextHunk } from './pending-ranges.ts'

/** Gaps and lengths in lines. */
const hunks = fc
  .array(fc.record({ gap: fc.nat(3), lines: fc.nat(3) }), { maxLength: 12 })
  .map((shape) => {
    let line = 1
    return shape.map(({ gap, lines }, index): TextHunk => {
      const from = line + gap
      line = from + lines
      const text = '\n'.repeat(lines)
      const piece = { kind: 'delete', patchId: 'p', client: 1, from: index, to: index + 1 } as const
      return {
        digest: String(index),
        patchId: 'p',
        pieces: [{ ...piece, text }],
        segments: [],
        line: from,
        follows: false,
      }
    })
  })

test('are all that begin before the other ends and end after it begins', () => {
  fc.assert(
    fc.property(hunks, hunks, (ours, theirs) => {
      const lines = new HunkLines(theirs)
      for (const one of ours)
        expect(lines.shared(one)).toEqual(
          theirs.filter((other) => one.line <= lastLine(other) && other.line <= lastLine(one)),
        )
    }),
  )
})
