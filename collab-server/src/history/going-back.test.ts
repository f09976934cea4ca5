/** Going back as a property: a revert gives exactly the former text, an undo takes one patch's own work and no other's. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Cause } from '@relpin/db/cause.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import type { Author } from '@relpin/db/update-log.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { author as asAuthor, copyOf } from '../proposals/rebase.ts'
import { Origins } from './origins.ts'
import { planRevert } from './plan-revert.ts'
import { doneByPatch, planUndo } from './plan-undo.ts'
import { rewrite, textAfter, type Step as Fated } from './rewrite.ts'

const AUTHORS = ['ada', 'bob', 'cy'] as const
type Name = (typeof AUTHORS)[number]
type Edit = { readonly who: Name; readonly at: number; readonly cut: number; readonly add: string }

const nobody: Author = { memberId: null, sessionId: null, patchId: null, approverId: null }
const by = (who: string, patchId: string | null = null): Author => ({
  ...nobody,
  memberId: who,
  patchId,
})

/** A document, its log, and whose each client id is: what the server has. */
class World {
  readonly doc = new Y.Doc()
  readonly rows: StoredRow[] = []
  readonly writers = new Map<number, Author>()
  readonly texts: string[] = []

  get text(): string {
    return this.doc.getText(TEXT_ROOT).toString()
  }

  edit(one: Edit, patch: string | null = null): void {
    const copy = copyOf(this.doc)
    const text = copy.getText(TEXT_ROOT)
    const at = one.at % (text.length + 1)
    const cut = Math.min(one.cut, text.length - at)
    const update = asAuthor(copy, () => {
      text.delete(at, cut)
      text.insert(at, one.add)
    })
    if (update) this.#log(update, by(one.who, patch), null, [[copy.clientID, by(one.who)]])
  }

  revert(seq: number): void {
    const then = this.#replay(seq)
    this.carryOut(planRevert(this.doc, then, this.origins, this.writerOf), 'r', (restored) => ({
      kind: 'revert',
      seq,
      restored,
    }))
  }

  undo(patch: string, as: string): void {
    const done = doneByPatch(new Y.Doc({ gc: false }), this.rows, patch, this.origins)
    if (!done) return
    this.carryOut(planUndo(this.doc, done, this.origins, this.writerOf), as, (restored) => ({
      kind: 'undo',
      patch,
      restored,
    }))
  }

  carryOut(
    steps: readonly Fated[],
    patch: string,
    causeOf: (restored: Extract<Cause, { kind: 'undo' }>['restored']) => Cause,
  ): void {
    const made = rewrite(this.doc, steps)
    if (!made) return
    const before = textAfter(steps)
    this.#log(made.update, by('eve', patch), causeOf(made.restored), [...made.writers])
    expect(this.text).toBe(before)
  }

  get origins(): Origins {
    return new Origins(this.rows.map((row) => row.cause))
  }

  readonly writerOf = (client: number): Author => this.writers.get(client) ?? nobody

  /** Each character with the name of whoever wrote it. */
  written(): string {
    let names = ''
    for (let item = this.doc.getText(TEXT_ROOT)._start; item; item = item.right) {
      if (!item.deleted)
        names += (this.writerOf(item.id.client).memberId ?? '?').charAt(0).repeat(item.length)
    }
    return names
  }

  #log(bytes: Uint8Array, author: Author, cause: Cause | null, hands: [number, Author][]): void {
    for (const [client, writer] of hands) this.writers.set(client, writer)
    Y.applyUpdate(this.doc, bytes)
    const seq = this.rows.length + 1
    this.rows.push({ seq, bytes, author, at: new Date(seq), cause })
    this.texts.push(this.text)
  }

  #replay(seq: number): Y.Doc {
    const doc = new Y.Doc({ gc: false })
    for (const row of this.rows.slice(0, seq)) Y.applyUpdate(doc, row.bytes)
    return doc
  }
}

const edit: fc.Arbitrary<Edit> = fc.record({
  who: fc.constantFrom(...AUTHORS),
  at: fc.nat(40),
  cut: fc.nat(5),
  add: fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), minLength: 0, maxLength: 4 }),
})
const edits = fc.array(edit, { minLength: 1, maxLength: 10 })
const RUNS = { numRuns: 400 }

describe('a revert', () => {
  test('gives exactly the text of that point, again and again, whatever came between', () => {
    fc.assert(
      fc.property(
        edits,
        fc.array(fc.tuple(fc.nat(), edits), { minLength: 1, maxLength: 4 }),
        (first, rounds) => {
          const world = new World()
          for (const one of first) world.edit(one)
          for (const [point, more] of rounds) {
            if (world.texts.length === 0) return
            const seq = 1 + (point % world.texts.length)
            world.revert(seq)
            expect(world.text).toBe(world.texts[seq - 1])
            for (const one of more) world.edit(one)
          }
        },
      ),
      RUNS,
    )
  })

  test('leaves every character to whoever wrote it', () => {
    fc.assert(
      fc.property(edits, edits, fc.nat(), (first, later, point) => {
        const world = new World()
        const written: string[] = []
        for (const one of first) {
          const rows = world.rows.length
          world.edit(one)
          if (world.rows.length > rows) written.push(world.written())
        }
        for (const one of later) world.edit(one)
        if (written.length === 0) return
        const seq = 1 + (point % written.length)
        world.revert(seq)
        expect(world.written()).toBe(written[seq - 1])
      }),
      RUNS,
    )
  })
})

const otherEdit = edit.map((one) => ({ ...one, add: one.add.replace(/[abc]/g, 'x') }))
const patchEdit = edit.map((one) => ({ ...one, add: one.add.replace(/[abc\n]/g, 'p') }))

describe('an undo', () => {
  test('takes all that the patch wrote, and no character that others wrote before or since', () => {
    fc.assert(
      fc.property(
        fc.array(otherEdit, { maxLength: 5 }),
        fc.array(patchEdit, { minLength: 1, maxLength: 3 }),
        fc.array(
          fc.oneof(
            otherEdit,
            patchEdit.map((one) => ({ ...one, patch: true })),
          ),
          { maxLength: 6 },
        ),
        (before, patch, after) => {
          const world = new World()
          for (const one of before) world.edit(one)
          for (const one of patch) world.edit(one, 'P')
          for (const one of after) world.edit(one, 'patch' in one ? 'P' : null)
          const others = [...world.text].filter((letter) => letter !== 'p')
          world.undo('P', 'U')
          const left = [...world.text]
          expect(left.includes('p')).toBe(false)
          // Everything of others is there still, in its order; what the patch had deleted of theirs is there again.
          let at = 0
          for (const letter of left) if (letter === others[at]) at += 1
          expect(at).toBe(others.length)
        },
      ),
      RUNS,
    )
  })

  test('of the last patch is the text before it; and an undo of that undo the text after it', () => {
    fc.assert(
      fc.property(edits, fc.array(edit, { minLength: 1, maxLength: 4 }), (first, patch) => {
        const world = new World()
        for (const one of first) world.edit(one)
        const before = world.text
        const written = world.written()
        for (const one of patch) world.edit(one, 'P')
        const after = world.text
        world.undo('P', 'U1')
        expect(world.text).toBe(before)
        expect(world.written()).toBe(written)
        const undone = world.text
        world.undo('U1', 'U2')
        expect(world.text).toBe(after)
        world.undo('P', 'U3')
        expect(world.text).toBe(undone)
        const rows = world.rows.length
        world.undo('P', 'U4')
        expect(world.rows.length).toBe(rows)
      }),
      RUNS,
    )
  })

  test('of a patch elsewhere gives the text as if it had never been', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(line, line, line, line, line, (top, patched, bottom, above, below) => {
        const world = new World()
        const old = `${top}\n[old]\n${bottom}`
        world.edit({ who: 'ada', at: 0, cut: 0, add: old })
        world.edit({ who: 'bob', at: old.indexOf('['), cut: 5, add: patched }, 'P')
        world.edit({ who: 'ada', at: 0, cut: 0, add: `${above}\n` })
        world.edit({ who: 'cy', at: world.text.length, cut: 0, add: `\n${below}` })
        world.undo('P', 'U')
        expect(world.text).toBe(`${above}\n${old}\n${below}`)
        expect(world.written()).toBe(
          'a'.repeat(above.length + 1 + old.length) + 'c'.repeat(below.length + 1),
        )
      }),
      RUNS,
    )
  })

  test('does not bring back twice what somebody typed again in its place', () => {
    const world = new World()
    world.edit({ who: 'ada', at: 0, cut: 0, add: 'one two three' })
    world.edit({ who: 'bob', at: 4, cut: 4, add: '' }, 'P')
    world.edit({ who: 'cy', at: 4, cut: 0, add: 'two ' })
    world.undo('P', 'U')
    expect(world.text).toBe('one two three')
    expect(world.written()).toBe('aaaaccccaaaaa')
  })
})
