import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { KeptRow, KeptStore } from '../unsaved/kept-store.ts'
import { KeptWork, type Found } from '../unsaved/kept-work.ts'
import { LiveText, type RefusedEdit } from './live-text.ts'
import { PretendServer } from './testing/pretend-server.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** What the browser keeps, whatever happens to its pages. */
class Shelf implements KeptStore {
  rows = new Map<string, KeptRow>()
  write = (puts: readonly KeptRow[], removals: readonly string[]): void => {
    for (const key of removals) this.rows.delete(key)
    for (const row of puts) this.rows.set(row.key, row)
  }
  of = async (member: string, app?: string): Promise<readonly KeptRow[]> =>
    [...this.rows.values()]
      .filter((row) => row.member === member && (app === undefined || row.app === app))
      .sort((a, b) => (a.tab === b.tab ? a.seq - b.seq : a.tab < b.tab ? -1 : 1))
  forget = async (member: string): Promise<void> => {
    for (const row of this.rows.values()) if (row.member === member) this.rows.delete(row.key)
  }
}

type Refused = Pick<RefusedEdit, 'rule' | 'why' | 'text'>
type Page = {
  readonly live: LiveText
  readonly refused: Refused[]
  readonly text: () => string
  readonly type: (index: number, text: string) => void
  readonly leave: () => void
  /** Where the editor's caret is; keys are typed there. */
  caret: number
  readonly key: (text: string) => void
}

/** A page of `member` with the file open; it finds what earlier ones left. */
async function visit(
  server: PretendServer,
  shelf: Shelf,
  member = 'ada',
  name = 'file/f',
): Promise<Page> {
  const refused: Refused[] = []
  const kept = new KeptWork(member, 'claims', Promise.resolve(shelf), null)
  const keeper = {
    keep: (document: string, update: Uint8Array) =>
      kept.keep({ file: 'f', path: 'notes.md', document, update }),
    keepBase: (document: string, state: Uint8Array) =>
      kept.keepBase({ file: 'f', path: 'notes.md', document, state }),
    release: (keys: readonly string[]) => kept.release(keys),
  }
  const live = new LiveText(server, name, keeper, {
    synced: () => undefined,
    exchanged: (landing) => {
      if (landing) page.caret = landing.caret(page.caret)
    },
    joined: () => undefined,
    unsaved: () => undefined,
    message: () => undefined,
    refusedEdit: (edit) => {
      refused.push(edit)
      kept.keepRefusal({ ...edit, file: 'f', path: 'notes.md' })
    },
    refusedOpening: () => undefined,
  })
  const page: Page = {
    live,
    refused,
    caret: 0,
    text: () => live.text.toString(),
    type: (index, text) => live.text.insert(index, text),
    key: (text) => {
      live.text.insert(page.caret, text)
      page.caret += text.length
    },
    leave: () => live.destroy(),
  }
  await kept.adopt(({ updates, bases, refusals }: Found) => {
    live.restore(updates, bases)
    refused.push(...refusals)
  })
  await vi.advanceTimersByTimeAsync(0)
  return page
}

async function opened(text = 'abc', shelf = new Shelf()) {
  const server = new PretendServer(text)
  const page = await visit(server, shelf)
  await server.quiesce()
  return { server, shelf, page }
}

test('what one types is unsaved until the server has answered, and kept until then', async () => {
  const { server, shelf, page } = await opened()
  page.type(3, 'd')
  await vi.advanceTimersByTimeAsync(0)
  expect(page.live.unsaved).toBe(1)
  expect(shelf.rows.size).toBe(1)
  server.step()
  // The text has arrived; the answer has not.
  expect(server.text).toBe('abcd')
  expect(page.live.unsaved).toBe(1)
  await server.quiesce()
  expect(page.live.unsaved).toBe(0)
  expect(shelf.rows.size).toBe(0)
})

test('what was typed offline survives the end of the page, and lands once', async () => {
  const { server, shelf, page } = await opened()
  server.cut()
  page.type(3, ' offline')
  page.type(0, 'typed ')
  await vi.advanceTimersByTimeAsync(0)
  page.leave()
  server.mend()
  const next = await visit(server, shelf)
  await server.quiesce()
  expect(server.text).toBe('typed abc offline')
  expect(next.text()).toBe('typed abc offline')
  expect(next.live.unsaved).toBe(0)
  expect(shelf.rows.size).toBe(0)
})

test('text that arrived without its answer is not doubled by the next visit', async () => {
  const { server, shelf, page } = await opened()
  page.type(3, 'd')
  await vi.advanceTimersByTimeAsync(0)
  server.step()
  server.cut()
  page.leave()
  const next = await visit(server, shelf)
  await server.quiesce()
  expect(next.text()).toBe('abcd')
  expect(server.text).toBe('abcd')
  expect(shelf.rows.size).toBe(0)
})

test('another member in the same browser finds nothing of it', async () => {
  const { server, shelf, page } = await opened()
  server.cut()
  page.type(3, ' of ada')
  await vi.advanceTimersByTimeAsync(0)
  page.leave()
  const other = await visit(server, shelf, 'grace')
  await server.quiesce()
  expect(other.text()).toBe('abc')
  expect(shelf.rows.size).toBe(1)
})

test('a refused edit is given back to be copied, and the text goes on from what the server has', async () => {
  const { server, page } = await opened()
  server.refuseNext = true
  page.type(3, ' refused')
  page.type(11, ' words')
  await server.quiesce()
  expect(page.refused).toEqual([
    { rule: 'test:refused', why: 'Refused.', text: ' refused words', at: 3 },
  ])
  expect(page.text()).toBe('abc')
  page.type(3, ' and on')
  await server.quiesce()
  expect(server.text).toBe('abc and on')
  expect(page.live.unsaved).toBe(0)
})

test('a refusal that nobody has read is there after a reload', async () => {
  const { server, shelf, page } = await opened()
  server.refuseNext = true
  page.type(3, ' refused')
  await server.quiesce()
  page.leave()
  const next = await visit(server, shelf)
  await server.quiesce()
  expect(next.refused).toMatchObject([{ rule: 'test:refused', text: ' refused' }])
  expect(next.text()).toBe('abc')
})

test('kept text whose base is gone is given back, never dropped', async () => {
  const shelf = new Shelf()
  const { server, page } = await opened('abc', shelf)
  server.cut()
  page.type(2, 'lost?')
  await vi.advanceTimersByTimeAsync(0)
  page.leave()
  const another = new PretendServer('a new text')
  const next = await visit(another, shelf)
  await another.quiesce()
  expect(next.refused).toMatchObject([{ rule: 'edit:base-gone', text: 'lost?' }])
  expect(next.text()).toBe('a new text')
  expect(another.text).toBe('a new text')
})

const BRANCH = 'branch/ada/f'

test('keys typed while a proposal is decided are in their place afterwards', async () => {
  const server = new PretendServer('some text')
  const page = await visit(server, new Shelf(), 'ada', BRANCH)
  await server.quiesce()
  page.type(4, ' pending')
  await server.quiesce()
  page.type(8, '<1>')
  server.rebase()
  page.type(11, '<2>')
  await server.quiesce()
  expect(page.text()).toBe('some pen<1><2>ding text')
  expect(server.text).toBe('some pen<1><2>ding text')
  expect(page.live.unsaved).toBe(0)
})

test('a key counts as saved by its own answer, also when a decision has just landed', async () => {
  const server = new PretendServer('some text')
  const page = await visit(server, new Shelf(), 'ada', BRANCH)
  await server.quiesce()
  page.caret = 4
  page.key('1')
  await server.quiesce()
  server.rebase()
  // All that the server says by itself: the next generation is open then, and what it asked on joining is under way.
  for (let answers = 0; answers < 20; answers += 1) {
    server.deliver()
    await vi.advanceTimersByTimeAsync(0)
  }
  page.key('2')
  // The answer to joining.
  server.step()
  server.deliver()
  expect(page.live.unsaved).toBe(1)
  // The key never arrives: the next decision is quicker.
  server.rebase()
  await server.quiesce()
  expect(server.text).toBe('some12 text')
  expect(page.text()).toBe('some12 text')
  expect(page.caret).toBe(6)
})

test('the caret stays behind the last key, whenever decisions land', async () => {
  const action = fc.constantFrom('key', 'key', 'key', 'step', 'deliver', 'decide', 'cut', 'mend')
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
      const server = new PretendServer('some text')
      const page = await visit(server, new Shelf(), 'ada', BRANCH)
      await server.quiesce()
      page.caret = 4
      let typed = ''
      for (const one of actions) {
        if (one === 'key') {
          typed += String(typed.length % 10)
          page.key(typed.at(-1) ?? '')
        } else if (one === 'step') server.step()
        else if (one === 'deliver') server.deliver()
        else if (one === 'decide') server.rebase()
        else if (one === 'cut') server.cut()
        else server.mend()
        await vi.advanceTimersByTimeAsync(0)
      }
      await server.quiesce()
      expect(server.text).toBe(`some${typed} text`)
      expect(page.text()).toBe(server.text)
      expect(page.caret).toBe(4 + typed.length)
    }),
    { numRuns: 300 },
  )
})

test('and so are those that a closed page had kept while it was decided', async () => {
  const server = new PretendServer('some text')
  const shelf = new Shelf()
  const page = await visit(server, shelf, 'ada', BRANCH)
  await server.quiesce()
  server.cut()
  page.type(4, ' offline')
  await vi.advanceTimersByTimeAsync(1_000)
  page.leave()
  server.rebase()
  server.mend()
  const next = await visit(server, shelf, 'ada', BRANCH)
  await server.quiesce()
  expect(next.refused).toEqual([])
  expect(server.text).toBe('some offline text')
  expect(next.text()).toBe('some offline text')
  expect(shelf.rows.size).toBe(0)
})

test('a pasted megabyte arrives whole', async () => {
  const { server, page } = await opened()
  const paste = 'a line of a large paste\n'.repeat(45_000)
  page.type(0, paste)
  await server.quiesce()
  expect(server.text).toBe(`${paste}abc`)
})

test('nothing is lost or doubled, and nothing counts as saved that is not, whatever breaks', async () => {
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('type' as const), at: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('step' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('mend' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('others' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('decide' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 60 }),
      fc.boolean(),
      async (actions, isBranch) => {
        const name = isBranch ? BRANCH : 'file/f'
        const shelf = new Shelf()
        const server = new PretendServer('start ')
        let page = await visit(server, shelf, 'ada', name)
        await server.quiesce()
        const refused: Refused[] = []
        let typed = 0
        for (const one of actions) {
          switch (one.kind) {
            case 'type': {
              // Between words, so that they can be found again.
              const ends = [...page.text().matchAll(/[ >]/g)].map((match) => match.index + 1)
              page.type(ends[one.at % ends.length] ?? 0, `<${(typed += 1)}>`)
              break
            }
            case 'step':
              server.step()
              break
            case 'deliver':
              server.deliver()
              break
            case 'cut':
              server.cut()
              break
            case 'mend':
              server.mend()
              break
            case 'refuse':
              server.refuseNext = true
              break
            case 'reload':
              // As the page does when it is hidden for good.
              page.live.keepBase()
              await vi.advanceTimersByTimeAsync(0)
              page.leave()
              page = await visit(server, shelf, 'ada', name)
              break
            case 'decide':
              if (isBranch) server.rebase()
              break
            case 'others':
              server.doc.getText(TEXT_ROOT).insert(0, 'others ')
              break
            case 'wait':
              await vi.advanceTimersByTimeAsync(one.ms)
          }
          await vi.advanceTimersByTimeAsync(0)
        }
        server.refuseNext = false
        await server.quiesce()
        // A refusal of an earlier page is found by the later one.
        refused.push(...page.refused)
        expect(refused.filter(({ rule }) => rule === 'edit:base-gone')).toEqual([])
        const given = refused.map(({ text }) => text).join('')
        for (let word = 1; word <= typed; word += 1) {
          const mark = `<${word}>`
          expect([mark, server.text.split(mark).length - 1, given.includes(mark)]).toEqual(
            given.includes(mark) ? [mark, 0, true] : [mark, 1, false],
          )
        }
        expect(page.text()).toBe(server.text)
        expect(page.live.unsaved).toBe(0)
        expect([...shelf.rows.values()].filter(({ what }) => what.kind !== 'refusal')).toEqual([])
        page.leave()
      },
    ),
    { numRuns: 300 },
  )
})
