import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { landedSpans, type Span } from './landed-spans.ts'

const AGENT = 7
const MIRA = 1

/** What is seen in Mira's editor when `edit` is made elsewhere. */
function seen(base: string, client: number, edit: (text: Y.Text) => void): Span[] {
  const mira = new Y.Doc()
  mira.clientID = MIRA
  if (base !== '') mira.getText('text').insert(0, base)
  const other = new Y.Doc()
  other.clientID = client
  Y.applyUpdate(other, Y.encodeStateAsUpdate(mira))
  other.transact(() => edit(other.getText('text')))
  const text = mira.getText('text')
  let spans: Span[] = []
  text.observe((event) => {
    spans = landedSpans(text, event, (each) => each !== MIRA)
  })
  Y.applyUpdate(mira, Y.encodeStateAsUpdate(other, Y.encodeStateVector(mira)))
  return spans
}

describe('where an edit has landed', () => {
  it('is every place that it put text into', () => {
    const spans = seen('one two three', AGENT, (text) => {
      text.insert(4, 'and ')
      text.delete(0, 3)
      text.insert(0, 'ONE')
    })
    expect(spans).toEqual([
      { client: AGENT, from: 0, to: 3 },
      { client: AGENT, from: 4, to: 8 },
    ])
  })

  it('is one place where pieces of one hand touch', () => {
    const spans = seen('ab', AGENT, (text) => {
      text.insert(1, 'x')
      text.insert(2, 'y')
      text.insert(1, 'z')
    })
    expect(spans).toEqual([{ client: AGENT, from: 1, to: 4 }])
  })

  it('is nowhere when the file was only loaded', () => {
    expect(seen('', AGENT, (text) => text.insert(0, 'all of it'))).toEqual([])
  })

  it('is nowhere for hands that nobody asked for', () => {
    const mira = new Y.Doc()
    const text = mira.getText('text')
    const spans: Span[] = []
    text.observe((event) => spans.push(...landedSpans(text, event, () => false)))
    text.insert(0, 'a')
    text.insert(1, 'b')
    expect(spans).toEqual([])
  })
})
