/** Kept up to date or walked anew: the hunks of a branch are the same, after every step of whoever types where. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { effectiveChange } from '../effective-change.ts'
import { BranchHunks } from './branch-hunks.ts'
import { PatchLabels } from './patch-labels.ts'
import { pendingHunks } from './pending-ranges.ts'
import { linesOf } from './lines-around.ts'
import { copyOf } from './rebase.ts'

const RUNS = Number(process.env['RELPIN_PROPERTY_RUNS'] ?? 1_000)

const step = fc.record({
  /** `both`: the same words come to the branch and, by another way, to main. */
  on: fc.constantFrom('main', 'branch', 'branch', 'both'),
  patch: fc.constantFrom('p1', 'p2'),
  at: fc.nat(80),
  cut: fc.nat(8),
  add: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 6 }),
  /** Whether somebody asks after this step. */
  asked: fc.boolean(),
})

test('hunks that are kept up to date are those that a walk of the whole branch finds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('x', 'y', '\n'), maxLength: 50 }),
      fc.array(step, { maxLength: 25 }),
      (start, steps) => {
        const main = new Y.Doc()
        main.getText(TEXT_ROOT).insert(0, start)
        const branch = copyOf(main)
        const labels = new PatchLabels()
        main.on('update', (update: Uint8Array) => {
          Y.applyUpdate(branch, update)
        })
        // One typist each, as in life: what they type next to each other becomes one item.
        const typist = copyOf(branch)
        branch.on('update', (update: Uint8Array) => {
          Y.applyUpdate(typist, update)
        })
        const hunks = new BranchHunks('f', main, branch, labels)
        hunks.list()
        const check = (): void => {
          const found = hunks.list()
          expect(found).toEqual(pendingHunks('f', main, branch, labels))
          const lines = main.getText(TEXT_ROOT).toString().split('\n')
          expect(found.map((hunk) => hunks.around(hunk))).toEqual(
            found.map((hunk) => linesOf(lines, hunk)),
          )
        }
        for (const { on, patch, at, cut, add, asked } of steps) {
          const doc = on === 'main' ? main : typist
          const text = doc.getText(TEXT_ROOT)
          const before = Y.encodeStateVector(doc)
          const from = at % (text.length + 1)
          doc.transact(() => {
            text.delete(from, Math.min(cut, text.length - from))
            if (add) text.insert(from, add)
          })
          if (on !== 'main') {
            const update = Y.encodeStateAsUpdate(doc, before)
            labels.add(effectiveChange(branch, update), patch)
            Y.applyUpdate(branch, update)
            if (on === 'both') Y.applyUpdate(main, Y.encodeStateAsUpdate(typist))
          }
          if (asked) check()
        }
        check()
      },
    ),
    { numRuns: RUNS },
  )
})
