/** Keys in flight as a property: whatever is decided while somebody types, each of their keys is there once, in its place. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { carryKeys } from '@relpin/authority/rebase-map.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { effectiveChange } from '../effective-change.ts'
import { PatchLabels } from './patch-labels.ts'
import { pendingHunks } from './pending-ranges.ts'
import { copyOf, rebase, type Fate } from './rebase.ts'
import { textItems } from './testing/text-items.ts'

const RUNS = Number(process.env['RELPIN_PROPERTY_RUNS'] ?? 1_000)

type Key = { readonly at: number; readonly cut: number; readonly add: number }
const key: fc.Arbitrary<Key> = fc.record({ at: fc.nat(60), cut: fc.nat(4), add: fc.nat(4) })
const fate: fc.Arbitrary<Fate> = fc.constantFrom('accept', 'reject', 'keep')

const play = fc.record({
  start: fc.nat(30),
  before: fc.array(fc.record({ on: fc.constantFrom('main', 'branch'), key, patch: fc.nat(1) }), {
    maxLength: 10,
  }),
  /** Admitted, though their author never learned it. */
  admitted: fc.array(key, { maxLength: 3 }),
  /** Never arrived. */
  lost: fc.array(key, { minLength: 1, maxLength: 5 }),
  /** What happens to the branch meanwhile; the author sees none of it. */
  meanwhile: fc.array(
    fc.record({ main: fc.array(key, { maxLength: 3 }), fates: fc.array(fate, { minLength: 1 }) }),
    { minLength: 1, maxLength: 3 },
  ),
  /** The fresh document came into the old one before it was dropped. */
  contaminated: fc.boolean(),
})

/** Every character is typed once in a run, so that characters can be followed by what they are. */
class Letters {
  #next = 0x4e00
  take(count: number): string {
    let text = ''
    for (let i = 0; i < count; i += 1) text += String.fromCharCode(this.#next++)
    return text
  }
}

function type(doc: Y.Doc, { at, cut, add }: Key, letters: Letters): string {
  const text = doc.getText(TEXT_ROOT)
  const from = at % (text.length + 1)
  const typed = letters.take(add)
  doc.transact(() => {
    text.delete(from, Math.min(cut, text.length - from))
    if (typed) text.insert(from, typed)
  })
  return typed
}

const read = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()

/** All characters of the text in order, with what was deleted still in its place. Needs `gc: false`. */
function everyCharacter(doc: Y.Doc): { readonly character: string; readonly deleted: boolean }[] {
  const all: { character: string; deleted: boolean }[] = []
  for (let item = doc.getText(TEXT_ROOT)._start; item !== null; item = item.right) {
    if (!(item.content instanceof Y.ContentString)) continue
    for (const character of item.content.str) all.push({ character, deleted: item.deleted })
  }
  return all
}

class Branch {
  readonly main = new Y.Doc({ gc: false })
  doc = new Y.Doc({ gc: false })
  labels = new PatchLabels()

  constructor(start: string) {
    this.main.getText(TEXT_ROOT).insert(0, start)
    this.main.on('update', (update: Uint8Array) => Y.applyUpdate(this.doc, update))
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(this.main))
  }

  admit(update: Uint8Array, patch: string): void {
    this.labels.add(effectiveChange(this.doc, update), patch)
    Y.applyUpdate(this.doc, update)
  }

  decide(generation: number, fates: readonly Fate[]): RebaseMap {
    const { main, doc, labels } = this
    const byPiece = new Map<string, Fate>()
    for (const [index, hunk] of pendingHunks('f', main, doc, labels).entries())
      for (const piece of hunk.pieces)
        byPiece.set(
          `${piece.kind}:${piece.client}:${piece.from}`,
          fates[index % fates.length] ?? 'keep',
        )
    const result = rebase(
      main,
      doc,
      labels,
      (piece) => byPiece.get(`${piece.kind}:${piece.client}:${piece.from}`) ?? 'keep',
    )
    this.doc = new Y.Doc({ gc: false })
    for (const { update } of result.main) Y.applyUpdate(main, update)
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(main))
    this.labels = new PatchLabels()
    for (const { update, patchId } of result.branch) this.admit(update, patchId)
    return { generation, ...result.map }
  }
}

/** Behind the last character before a caret that a text still has. */
function behindIn(text: string, old: string, offset: number): number {
  let left = offset - 1
  while (left >= 0 && !text.includes(old[left] as string)) left -= 1
  return left < 0 ? 0 : text.indexOf(old[left] as string) + 1
}

test('keys and carets of a former generation are carried to where they belong, each once', () => {
  fc.assert(
    fc.property(play, ({ start, before, admitted, lost, meanwhile, contaminated }) => {
      const letters = new Letters()
      const branch = new Branch(letters.take(start))
      for (const { on, key, patch } of before) {
        if (on === 'main') type(branch.main, key, letters)
        else {
          const typist = copyOf(branch.doc)
          const state = Y.encodeStateVector(typist)
          type(typist, key, letters)
          branch.admit(Y.encodeStateAsUpdate(typist, state), `p${patch}`)
        }
      }
      // What was deleted is kept only so that the test can see it.
      const own = new Y.Doc({ gc: false })
      Y.applyUpdate(own, Y.encodeStateAsUpdate(branch.doc))
      own.on('update', (update: Uint8Array) => sent.push(update))
      const sent: Uint8Array[] = []
      for (const one of admitted) type(own, one, letters)
      for (const update of sent.splice(0)) branch.admit(update, 'p0')
      const known = read(own)
      const never = new Set<string>()
      for (const one of lost) for (const letter of type(own, one, letters)) never.add(letter)
      const maps = meanwhile.map(({ main, fates }, generation) => {
        const map = branch.decide(generation, fates)
        // Which of two keys typed at one place at one time comes first is nobody's to say.
        if (!contaminated) for (const one of main) type(branch.main, one, letters)
        return map
      })

      const fresh = copyOf(branch.doc)
      const old = read(own)
      const characters = everyCharacter(own)
      if (contaminated) Y.applyUpdate(own, Y.encodeStateAsUpdate(fresh))
      const items = textItems(own)
      const carried = carryKeys(items, textItems(fresh), maps)
      const { edits, caret, caretWithout } = carried

      // Expected, by characters alone.
      const there = new Set(read(fresh))
      const gone = new Set<string>()
      const after = new Map<string, string>()
      let anchor = ''
      for (const { character, deleted } of characters) {
        if (never.has(character)) {
          if (!deleted) after.set(anchor, (after.get(anchor) ?? '') + character)
        } else if (there.has(character)) {
          if (deleted && known.includes(character)) gone.add(character)
          anchor = character
        }
      }
      let expected = after.get('') ?? ''
      for (const character of read(fresh)) {
        if (!gone.has(character)) expected += character
        expected += after.get(character) ?? ''
      }

      const untouched = read(fresh)
      fresh.transact(() => {
        const text = fresh.getText(TEXT_ROOT)
        for (const { offset, remove, insert } of edits.toReversed()) {
          text.delete(offset, remove)
          text.insert(offset, insert)
        }
      })
      expect(read(fresh)).toBe(expected)
      if (contaminated) return
      for (let offset = 0; offset <= old.length; offset += 1) {
        expect(caret(offset)).toBe(behindIn(expected, old, offset))
        expect(caretWithout(offset)).toBe(behindIn(untouched, old, offset))
        const letter = old.charAt(offset)
        const cut = (text: string, kept: typeof carried.kept): string =>
          kept(offset, offset + 1)
            .map(({ from, to }) => text.slice(from, to))
            .join('')
        expect(cut(expected, carried.kept)).toBe(expected.includes(letter) ? letter : '')
        expect(cut(untouched, carried.keptWithout)).toBe(untouched.includes(letter) ? letter : '')
      }
    }),
    { numRuns: RUNS },
  )
})
