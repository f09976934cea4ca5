import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { KeptRow } from './kept-store.ts'
import { lostWork } from './lost-work.ts'

function typed(words: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, words)
  return Y.encodeStateAsUpdate(doc)
}

let seq = 0
const row = (app: string, file: string, what: KeptRow['what']): KeptRow => {
  seq += 1
  return { key: `k${seq}`, member: 'jo', app, tab: 't', seq, file, path: `${file}.md`, what }
}
const update = (app: string, file: string, words: string): KeptRow =>
  row(app, file, { kind: 'update', document: `file/${file}`, update: typed(words) })

const lostOf = (rows: readonly KeptRow[]) =>
  lostWork({ of: () => Promise.resolve(rows) }, 'jo', (app) => Promise.resolve(app === 'gone'))

test('text for an app that is deleted is given back, file by file, with all rows that it was kept in', async () => {
  const rows = [
    update('gone', 'notes', 'one'),
    update('gone', 'other', 'three'),
    update('gone', 'notes', 'two'),
  ]
  expect(await lostOf(rows)).toEqual([
    { path: 'notes.md', text: 'onetwo', keys: [rows[0]?.key, rows[2]?.key] },
    { path: 'other.md', text: 'three', keys: [rows[1]?.key] },
  ])
})

test('what was refused there and not copied yet is given back, too', async () => {
  const refusal = { kind: 'refusal', rule: 'r', why: 'w', text: 'refused', at: 1 } as const
  expect(await lostOf([row('gone', 'notes', refusal)])).toMatchObject([{ text: 'refused' }])
})

test('text for an app that is there stays with it, and deletions alone are not text', async () => {
  const rows = [update('there', 'notes', 'one'), update('gone', 'other', '')]
  expect(await lostOf(rows)).toEqual([])
})
