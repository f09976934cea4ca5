/** Re-authoring as a property: whatever was typed, accepted and rejected, main and branch read as the reviewer saw. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { effectiveChange } from '../effective-change.ts'
import { PatchLabels } from './patch-labels.ts'
import { pendingHunks, type TextHunk } from './pending-ranges.ts'
import { copyOf, rebase } from './rebase.ts'
import { composeText, walkBranch as walkPieces } from './walk-branch.ts'

type Step = {
  readonly on: 'main' | 'branch'
  readonly patch: string
  readonly at: number
  readonly cut: number
  readonly add: string
}

const step: fc.Arbitrary<Step> = fc.record({
  on: fc.constantFrom('main', 'branch', 'branch'),
  patch: fc.constantFrom('p1', 'p2'),
  at: fc.nat(60),
  cut: fc.nat(6),
  add: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\n', '𝄞'), maxLength: 5 }),
})

/** A main document and a branch over it that was fed everything main did meanwhile. */
function play(
  start: string,
  steps: readonly Step[],
): { main: Y.Doc; branch: Y.Doc; labels: PatchLabels } {
  const main = new Y.Doc()
  main.getText(TEXT_ROOT).insert(0, start)
  const branch = copyOf(main)
  const labels = new PatchLabels()
  main.on('update', (update: Uint8Array) => {
    Y.applyUpdate(branch, update)
  })
  for (const one of steps) {
    if (one.on === 'main') typeInto(main, one)
    else {
      const proposer = copyOf(branch)
      const before = Y.encodeStateVector(proposer)
      typeInto(proposer, one)
      const update = Y.encodeStateAsUpdate(proposer, before)
      labels.add(effectiveChange(branch, update), one.patch)
      Y.applyUpdate(branch, update)
    }
  }
  return { main, branch, labels }
}

function typeInto(doc: Y.Doc, { at, cut, add }: Step): void {
  const text = doc.getText(TEXT_ROOT)
  const from = between(text.toString(), at % (text.length + 1))
  const to = between(text.toString(), Math.min(from + cut, text.length))
  doc.transact(() => {
    text.delete(from, to - from)
    if (add) text.insert(from, add)
  })
}

/** No editor puts a caret inside a character: not between the halves of a surrogate pair. */
function between(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}

const textOf = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()

const document = fc.record({
  start: fc.string({ unit: fc.constantFrom('x', 'y', ' ', '\n'), maxLength: 40 }),
  steps: fc.array(step, { maxLength: 14 }),
})

const RUNS = { numRuns: 1_500 }

describe('pending ranges', () => {
  test('are exact: none of them gives main, all of them the branch', () => {
    fc.assert(
      fc.property(document, ({ start, steps }) => {
        const { main, branch, labels } = play(start, steps)
        expect(composeText(main, branch, labels, () => false)).toBe(textOf(main))
        expect(composeText(main, branch, labels, () => true)).toBe(textOf(branch))
      }),
      RUNS,
    )
  })
})

describe('deciding hunks', () => {
  test('lands exactly what was accepted in main, and leaves exactly what is still open in the branch', () => {
    fc.assert(
      fc.property(
        document,
        fc.array(fc.constantFrom('accept', 'reject', 'keep'), { minLength: 1 }),
        ({ start, steps }, fates) => {
          const { main, branch, labels } = play(start, steps)
          const hunks = pendingHunks('f', main, branch, labels)
          const fateByHunk = new Map(
            hunks.map((hunk, index) => [hunk.digest, fates[index % fates.length] ?? 'keep']),
          )
          const fateOf = fateLookup(hunks, fateByHunk)
          const expected = expectedTexts(main, branch, labels, fateOf)

          const result = rebase(main, branch, labels, fateOf)
          const nextMain = copyOf(main)
          for (const { update } of result.main) {
            expect(effectiveChange(nextMain, update).gap).toBe(false)
            Y.applyUpdate(nextMain, update)
          }
          const nextBranch = copyOf(nextMain)
          const nextLabels = new PatchLabels()
          for (const { update, patchId } of result.branch) {
            const change = effectiveChange(nextBranch, update)
            expect(change.gap).toBe(false)
            nextLabels.add(change, patchId)
            Y.applyUpdate(nextBranch, update)
          }
          expect(textOf(nextMain)).toBe(expected.main)
          expect(textOf(nextBranch)).toBe(expected.branch)
          expect(composeText(nextMain, nextBranch, nextLabels, () => false)).toBe(expected.main)
          for (const patch of ['p1', 'p2']) {
            expect(composeText(nextMain, nextBranch, nextLabels, (one) => one === patch)).toBe(
              expected.only(patch),
            )
          }
        },
      ),
      RUNS,
    )
  })

  test('commutes with what people type in main meanwhile: replicas converge and no word of theirs is lost', () => {
    fc.assert(
      fc.property(document, fc.array(step, { maxLength: 4 }), ({ start, steps }, meanwhile) => {
        const { main, branch, labels } = play(start, steps)
        const result = rebase(main, branch, labels, () => 'accept')
        const typed = copyOf(main)
        for (const one of meanwhile) typeInto(typed, { ...one, cut: 0, add: '#' })
        const one = copyOf(typed)
        for (const { update } of result.main) Y.applyUpdate(one, update)
        const other = copyOf(main)
        for (const { update } of result.main) Y.applyUpdate(other, update)
        Y.applyUpdate(other, Y.encodeStateAsUpdate(typed))
        expect(textOf(one)).toBe(textOf(other))
        expect(textOf(one).replaceAll('#', '')).toBe(textOf(branch))
        expect(textOf(one).split('#').length - 1).toBe(meanwhile.length)
      }),
      RUNS,
    )
  })
})

type Fate = 'accept' | 'reject' | 'keep'
type Piece = TextHunk['pieces'][number]

function fateLookup(
  hunks: readonly TextHunk[],
  fates: ReadonlyMap<string, string>,
): (piece: Piece) => Fate {
  const byPiece = new Map<string, Fate>()
  for (const hunk of hunks)
    for (const piece of hunk.pieces) byPiece.set(keyOf(piece), fates.get(hunk.digest) as Fate)
  return (piece) => byPiece.get(keyOf(piece)) ?? 'keep'
}

const keyOf = (piece: Piece): string => `${piece.kind}:${piece.client}:${piece.from}`

/** The model: plain strings, put together piece by piece. */
function expectedTexts(
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
  fateOf: (piece: Piece) => Fate,
) {
  const hunks = pendingHunks('f', main, branch, labels)
  const accepted = new Set<string>()
  const rejected = new Set<string>()
  for (const hunk of hunks) {
    for (const piece of hunk.pieces) {
      if (fateOf(piece) === 'accept') accepted.add(keyOf(piece))
      if (fateOf(piece) === 'reject') rejected.add(keyOf(piece))
    }
  }
  const compose = (show: (piece: Piece) => boolean): string =>
    composePieces(main, branch, labels, show)
  return {
    main: compose((piece) => accepted.has(keyOf(piece))),
    branch: compose((piece) => !rejected.has(keyOf(piece))),
    only: (patch: string) =>
      compose(
        (piece) =>
          accepted.has(keyOf(piece)) || (!rejected.has(keyOf(piece)) && piece.patchId === patch),
      ),
  }
}

function composePieces(
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
  show: (piece: Piece) => boolean,
): string {
  // Walks ids rather than hunks, so that the model does not share the grouping that it checks.
  let text = ''
  for (const piece of walkPieces(main, branch, labels)) {
    if (piece.kind === 'kept') text += piece.text
    else if (piece.kind !== 'dead' && (piece.kind === 'insert') === show(piece)) text += piece.text
  }
  return text
}
