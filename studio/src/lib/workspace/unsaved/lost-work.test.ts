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

/** What is given back, and the keys that are removed at once. */
async function lookAt(rows: readonly KeptRow[]) {
  const removed: string[] = []
  const store = {
    of: () => Promise.resolve(rows),
    write: (_puts: readonly KeptRow[], removals: readonly string[]) => removed.push(...removals),
  }
  const lost = await lostWork(store, 'jo', (app) => Promise.resolve(app === 'gone'))
  return { lost, removed }
}

const lostOf = async (rows: readonly KeptRow[]) => (await lookAt(rows)).lost

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

test('what has no text is not kept for ever: nobody could see it, and each sign-out would warn of it', async () => {
  const base = { kind: 'base', document: 'file/bare', state: typed('before') } as const
  const rows = [
    update('there', 'notes', ''),
    update('gone', 'notes', 'one'),
    update('gone', 'other', ''),
    row('gone', 'bare', base),
  ]
  expect((await lookAt(rows)).removed).toEqual([rows[2]?.key, rows[3]?.key])
})

test('a damaged row takes nothing from the rest', async () => {
  const damaged = { kind: 'update', document: 'file/notes', update: Uint8Array.of(255) } as const
  const rows = [
    row('gone', 'notes', damaged),
    update('gone', 'notes', 'one'),
    update('gone', 'other', 'two'),
  ]
  expect(await lostOf(rows)).toMatchObject([{ text: 'one' }, { text: 'two' }])
})
