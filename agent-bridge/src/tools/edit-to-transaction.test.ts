/** An agent's edit gives exactly the text that it asked for, and nothing that others type meanwhile is lost. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { buildTransaction, planEdit, planWrite } from './edit-to-transaction.ts'
import type { Replacement } from './replacement.ts'

const stateOf = (text: string): Uint8Array => {
  const doc = new Y.Doc()
  doc.getText(TEXT_ROOT).insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}
const apply = (state: Uint8Array, ...updates: Uint8Array[]): string => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.mergeUpdates([state, ...updates]))
  return doc.getText(TEXT_ROOT).toString()
}
/** From the last to the first, so that those before stay where they are. */
const replaced = (text: string, replacements: readonly Replacement[]): string =>
  replacements.reduceRight(
    (now, { at, remove, insert }) => now.slice(0, at) + insert + now.slice(at + remove),
    text,
  )

const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', 'const x = 1', '', '  }', '🙂🙃', 'é'), { maxLength: 30 })
  .map((all) => all.join('\n'))

describe('an edit', () => {
  it('replaces one occurrence, touching only what differs', () => {
    const text = 'const a = 1\nconst b = 2\n'
    const plan = planEdit(text, {
      oldString: 'const b = 2',
      newString: 'const b = 3',
      replaceAll: false,
    })
    expect(plan).toEqual({ plan: 'replace', replacements: [{ at: 22, remove: 1, insert: '3' }] })
  })

  it('replaces words whole, as people read them, but adds to a word without touching it', () => {
    const change = (oldString: string, newString: string) => {
      const plan = planEdit(`'${oldString}'`, { oldString, newString, replaceAll: false })
      return plan.plan === 'replace' ? plan.replacements : plan
    }
    expect(change('solo', 'single')).toEqual([{ at: 1, remove: 4, insert: 'single' }])
    expect(change('a reader', 'a writer')).toEqual([{ at: 3, remove: 6, insert: 'writer' }])
    expect(change('price', 'prices')).toEqual([{ at: 6, remove: 0, insert: 's' }])
  })

  it('says what to do when the text is missing, ambiguous or unchanged', () => {
    const plan = (oldString: string, newString: string) =>
      planEdit('a a', { oldString, newString, replaceAll: false })
    expect(plan('x', 'y')).toMatchObject({ why: expect.stringContaining('Read the file again') })
    expect(plan('a', 'y')).toMatchObject({ why: expect.stringContaining('found 2 times') })
    expect(plan('a a', 'a a')).toMatchObject({ why: expect.stringContaining('nothing to change') })
    expect(plan('', 'y')).toMatchObject({ why: expect.stringContaining('empty') })
  })

  it('replaces every occurrence when asked', () => {
    const plan = planEdit('a b a', { oldString: 'a', newString: 'xyz', replaceAll: true })
    if (plan.plan !== 'replace') throw new Error(plan.why)
    expect(buildTransaction(stateOf('a b a'), plan.replacements).text).toBe('xyz b xyz')
  })

  it('keeps LF line ends whatever the model sends', () => {
    const plan = planEdit('a\nb\n', { oldString: 'a\r\nb', newString: 'a\r\nc', replaceAll: false })
    if (plan.plan !== 'replace') throw new Error(plan.why)
    expect(replaced('a\nb\n', plan.replacements)).toBe('a\nc\n')
  })

  it('gives the same text as a string replacement, for any text', () => {
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), lines, (text, from, size, newString) => {
        const start = text.length === 0 ? 0 : from % text.length
        const oldString = text.slice(start, start + 1 + (size % 20))
        fc.pre(oldString.isWellFormed())
        const plan = planEdit(text, { oldString, newString, replaceAll: true })
        if (plan.plan !== 'replace') return
        const built = buildTransaction(stateOf(text), plan.replacements)
        expect(built.text).toBe(text.split(oldString).join(newString))
      }),
    )
  })
})

describe('a write', () => {
  it('gives exactly the content, for any two texts', () => {
    fc.assert(
      fc.property(lines, lines, (text, content) => {
        const replacements = planWrite(text, content)
        expect(replaced(text, replacements)).toBe(content)
        expect(buildTransaction(stateOf(text), replacements).text).toBe(content)
      }),
    )
  })

  it('changes only the lines that differ', () => {
    const text = 'one\ntwo\nthree\nfour\nfive\n'
    expect(planWrite(text, 'one\n2\nthree\nfour\nfive!\n')).toEqual([
      { at: 4, remove: 3, insert: '2' },
      { at: 23, remove: 0, insert: '!' },
    ])
  })

  it('stays quick when everything differs', () => {
    const many = (word: string) =>
      Array.from({ length: 20_000 }, (_, n) => `${word} ${n}`).join('\n')
    const started = performance.now()
    expect(replaced(many('a'), planWrite(many('a'), many('b')))).toBe(many('b'))
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})

describe('while others type', () => {
  it('every insertion of theirs survives, wherever it is', () => {
    fc.assert(
      fc.property(
        lines,
        lines,
        fc.array(fc.record({ at: fc.nat(), text: fc.constantFrom('⟦1⟧', '⟦2⟧', '⟦3⟧') }), {
          maxLength: 5,
        }),
        (text, content, inserts) => {
          const state = stateOf(text)
          const human = new Y.Doc()
          Y.applyUpdate(human, state)
          const theirs = human.getText(TEXT_ROOT)
          for (const insert of inserts) theirs.insert(insert.at % (theirs.length + 1), insert.text)
          const typed = Y.encodeStateAsUpdate(human)
          const agent = buildTransaction(state, planWrite(text, content))
          const both = apply(typed, agent.update)
          // Splitting a character by a random insertion is the generator's fault, not a loss.
          const count = (whole: string) => whole.match(/[⟦⟧]/g)?.length ?? 0
          expect(count(both)).toBe(count(theirs.toString()))
          expect(apply(agent.state, typed)).toBe(both)
        },
      ),
    )
  })

  it('is one update that needs nothing but the state it was built on', () => {
    const state = stateOf('a\nb\nc\n')
    const agent = buildTransaction(state, planWrite('a\nb\nc\n', 'a\nB\nc\nd\n'))
    const doc = new Y.Doc()
    let transactions = 0
    Y.applyUpdate(doc, state)
    doc.on('afterTransaction', () => transactions++)
    Y.applyUpdate(doc, agent.update)
    expect(transactions).toBe(1)
    expect(doc.store.pendingStructs).toBeNull()
    expect(doc.getText(TEXT_ROOT).toString()).toBe('a\nB\nc\nd\n')
  })
})
