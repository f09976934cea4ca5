/** Texts that nobody has open: all are answered, however little of them is kept. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import { ColdTexts } from './cold-texts.ts'
import { TestStudio } from './testing/studio.ts'

test('a project larger than what is kept is read whole, and memory stays bounded', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`src/${index}.ts`, `${index}`.repeat(100)]),
  )
  await using studio = await TestStudio.open(files)
  const { context } = studio.server
  const rows = await studio.database.sql<{ id: string }[]>`select id from files`
  const names = rows.map(({ id }) => fileDocument(id))
  const texts = new ColdTexts(studio.database.sql, context.documents, 1_000)
  for (let round = 0; round < 2; round += 1) {
    const all = await texts.all(studio.workspace.id, names)
    expect([...all.texts.values()].sort()).toEqual(Object.values(files).sort())
    expect(texts.bytes).toBeGreaterThan(0)
    expect(texts.bytes).toBeLessThanOrEqual(1_000)
  }
})

test('what was opened and changed is never answered as it was before', async () => {
  await using studio = await TestStudio.open({ 'src/a.ts': 'a' })
  const { context } = studio.server
  const [row] = await studio.database.sql<{ id: string }[]>`select id from files`
  const name = fileDocument(row?.id ?? '')
  const read = async () => (await context.texts.all(studio.workspace.id, [name])).texts.get(name)
  expect(await read()).toBe('a')
  const editor = await studio.open('builder', 'src/a.ts')
  editor.text.insert(1, 'b')
  await editor.saved()
  expect(await read()).toBe('ab')
  editor.close()
  studio.server.hocuspocus.flushPendingStores()
  await expect.poll(() => context.documents.get(name) === undefined, { timeout: 8_000 }).toBe(true)
  expect(await read()).toBe('ab')
})
