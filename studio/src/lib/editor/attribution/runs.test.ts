import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { runAt, runsOf } from './runs.ts'

function docOf(client: number, base?: Y.Doc): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = client
  if (base) Y.applyUpdate(doc, Y.encodeStateAsUpdate(base))
  return doc
}
const textOf = (doc: Y.Doc): Y.Text => doc.getText('text')
const exchange = (from: Y.Doc, to: Y.Doc): void =>
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))

describe('who wrote each character', () => {
  it('is read off the items, in the order of the text', () => {
    const mira = docOf(1)
    textOf(mira).insert(0, 'hello world')
    const jo = docOf(2, mira)
    textOf(jo).insert(5, ', dear')
    exchange(jo, mira)
    expect(runsOf(textOf(mira))).toEqual([
      { client: 1, text: 'hello', pending: false },
      { client: 2, text: ', dear', pending: false },
      { client: 1, text: ' world', pending: false },
    ])
  })

  it('leaves deleted text out and joins what is left of one hand', () => {
    const mira = docOf(1)
    textOf(mira).insert(0, 'one two three')
    const jo = docOf(2, mira)
    textOf(jo).insert(3, '!')
    textOf(jo).delete(3, 5)
    expect(runsOf(textOf(jo))).toEqual([{ client: 1, text: 'one three', pending: false }])
  })

  it('says of a branch what main does not hold', () => {
    const main = docOf(1)
    textOf(main).insert(0, 'main')
    const branch = docOf(2, main)
    textOf(branch).insert(4, ' and mine')
    expect(runsOf(textOf(branch), main)).toEqual([
      { client: 1, text: 'main', pending: false },
      { client: 2, text: ' and mine', pending: true },
    ])
  })

  it('cuts an item of which main holds only the beginning', () => {
    const main = docOf(1)
    textOf(main).insert(0, 'ab')
    const branch = docOf(9, main)
    // The same hand goes on typing in the branch.
    branch.clientID = 1
    textOf(branch).insert(2, 'cd')
    expect(runsOf(textOf(branch), main)).toEqual([
      { client: 1, text: 'ab', pending: false },
      { client: 1, text: 'cd', pending: true },
    ])
  })

  it('finds the run of one character', () => {
    const runs = [
      { client: 1, text: 'ab', pending: false },
      { client: 2, text: 'cd', pending: false },
    ]
    expect(runAt(runs, 1)?.run.client).toBe(1)
    expect(runAt(runs, 2)).toEqual({ run: runs[1], start: 2 })
    expect(runAt(runs, 4)).toBeNull()
  })
})
