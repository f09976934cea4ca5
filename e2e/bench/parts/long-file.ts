/** A file of 200 KB in 20,000 items, as a long life of small edits leaves it, and proposals all over it. */
import { setTimeout as delay } from 'node:timers/promises'
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import type * as Y from 'yjs'
import type { Api } from '../../support/api.ts'
import type { TestApp } from '../../support/app.ts'
import { openRaw, type RawDocument } from '../../support/raw-document.ts'

export type LongFile = { readonly path: string }
/** Nothing is proposed in this one, all hunks are in the other. */
export const PLAIN: LongFile = { path: 'src/plain.ts' }
export const WAITING: LongFile = { path: 'src/waiting.ts' }

/** The line into which keys are typed: nothing is suggested in a comment. */
export const HERE = '// here '

const FILE_BYTES = 200 * 1024
const ITEM_LENGTH = 10
/** An update may not name too many items at once. */
const ITEMS_AT_ONCE = 1_000

const line = (at: number): string => `const row${String(at).padStart(4, '0')} = 'some text of it'\n`
const LINES = Math.ceil(FILE_BYTES / line(0).length)

function longText(): string {
  const lines = Array.from({ length: LINES }, (_, at) => line(at))
  // In the middle of the file, and between two hunks.
  lines[LINES / 2] = `${HERE}\n`
  return lines.join('')
}

export async function fill(url: string, owner: Api, app: TestApp, file: LongFile): Promise<void> {
  await owner.call('POST', `/api/apps/${app.slug}/files`, { path: file.path, text: '' })
  const main = await openRaw(url, owner, app.slug, await named(owner, app, file, fileDocument))
  const text = longText()
  let end = text.length
  while (end > 0) {
    main.doc.transact(() => {
      for (let items = 0; items < ITEMS_AT_ONCE && end > 0; items += 1) {
        const from = Math.max(0, end - ITEM_LENGTH)
        // Every piece goes before the one that was written last, so that no two of them are one item.
        main.text.insert(0, text.slice(from, end))
        end = from
      }
    })
    await saved(main)
  }
  main.close()
}

/** `hunks` small changes of a proposer, each `every` hunk's place from the one with the number `from` on. */
export async function propose(
  url: string,
  who: { readonly id: string; readonly api: Api },
  app: TestApp,
  places: { readonly from: number; readonly every: number; readonly hunks: number },
): Promise<void> {
  const name = await named(who.api, app, WAITING, (fileId) => branchDocument(who.id, fileId))
  const branch = await openRaw(url, who.api, app.slug, name)
  const step = Math.floor(LINES / (places.hunks * places.every))
  branch.doc.transact(() => {
    for (let hunk = places.hunks - 1; hunk >= 0; hunk -= 1) {
      const row = (places.from + hunk * places.every) * step + Math.floor(step / 4)
      change(branch.text, row, hunk)
    }
  })
  await saved(branch)
  branch.close()
}

/** A word replaced, a word added, a line added, a line rewritten: what people propose. */
function change(text: Y.Text, row: number, kind: number): void {
  const at = text.toString().indexOf(line(row))
  if (at < 0) throw new Error(`row ${row} is not as it was written`)
  const end = at + line(row).length - 1
  switch (kind % 4) {
    case 0:
      text.delete(end - 3, 2)
      text.insert(end - 3, 'her')
      return
    case 1:
      text.insert(end, ' // why')
      return
    case 2:
      text.insert(end, '\nexport const more = 1')
      return
    default:
      text.delete(at, end - at)
      text.insert(at, `let another${row} = "nothing of it stays the same"`)
  }
}

async function named(
  who: Api,
  app: TestApp,
  { path }: LongFile,
  name: (fileId: string) => string,
): Promise<() => string> {
  const { items } = await who.call<{ items: { fileId: string; path: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/files`,
  )
  const file = items.find((item) => item.path === path)
  if (!file) throw new Error(`${path} is not there`)
  return () => name(file.fileId)
}

async function saved({ provider, messages }: RawDocument): Promise<void> {
  for (let tries = 0; provider.unsyncedChanges > 0; tries += 1) {
    if (tries > 600) throw new Error(`not saved: ${JSON.stringify(messages.slice(-2))}`)
    await delay(25)
  }
}
