/** A whole-file write changes what the model knew, and nothing that others typed since it looked, whatever it wrote meanwhile. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { buildTransaction, planWrite } from './edit-to-transaction.ts'
import { placeInPresent, textOfKnown } from './known-text.ts'
import { seenTexts } from './seen-texts.ts'

const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', 'const x = 1', '', '  }', 'é'), { maxLength: 12 })
  .map((all) => all.join('\n'))
const step = fc.oneof(
  fc.record({ who: fc.constant('person' as const), at: fc.nat(), key: fc.constantFrom('⟦', '⟧') }),
  fc.record({ who: fc.constant('eraser' as const), at: fc.nat() }),
  fc.record({ who: fc.constant('agent' as const), content: lines }),
)

it('keeps every character that others typed, and is exactly what the model wrote without them', () => {
  fc.assert(
    fc.property(lines, fc.array(step, { maxLength: 12 }), (first, steps) => {
      const live = new Y.Doc()
      const text = live.getText(TEXT_ROOT)
      text.insert(0, first)
      const seen = seenTexts()
      seen.shown('f', Y.encodeStateAsUpdate(live))
      let believed = first
      let typed = 0
      const erases = steps.some((one) => one.who === 'eraser')
      for (const one of steps) {
        if (one.who === 'person') {
          text.insert(one.at % (text.length + 1), one.key)
          typed += 1
        } else if (one.who === 'eraser') {
          const at = one.at % (text.length + 1)
          if (/[^⟦⟧]/.test(text.toString()[at] ?? '⟦')) text.delete(at, 1)
        } else {
          const known = seen.get('f')
          if (!known) throw new Error('it was read')
          // Beside what others deleted meanwhile, the order of what the model wrote is Yjs' own.
          if (!erases) expect(textOfKnown(known)).toBe(believed)
          const state = Y.encodeStateAsUpdate(live)
          const placed = placeInPresent(known, planWrite(textOfKnown(known), one.content), state)
          if (!placed) throw new Error('all of it is there')
          const own = buildTransaction(state, placed.replacements)
          Y.applyUpdate(live, own.update)
          seen.wrote('f', own, placed.removed)
          believed = one.content
        }
        expect(text.toString().match(/[⟦⟧]/g)?.length ?? 0).toBe(typed)
      }
      if (!erases) expect(text.toString().replaceAll(/[⟦⟧]/g, '')).toBe(believed)
    }),
    { numRuns: 400 },
  )
})

it('says when the text was written anew since, so that its ids are others', () => {
  const [one, other] = ['same', 'same'].map((text) => {
    const doc = new Y.Doc()
    doc.getText(TEXT_ROOT).insert(0, text)
    return Y.encodeStateAsUpdate(doc)
  })
  const seen = seenTexts()
  seen.shown('f', one as Uint8Array)
  const known = seen.get('f') ?? []
  expect(placeInPresent(known, [{ at: 0, remove: 1, insert: 'S' }], other as Uint8Array)).toBeNull()
})
