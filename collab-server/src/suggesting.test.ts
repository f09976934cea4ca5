/** What the Suggesting switch of somebody who may write directly does at the door. */
import { branchDocument } from '@relpin/authority/document-names.ts'
import { describe, expect, test, vi } from 'vitest'
import { TestStudio, WAIT } from './testing/studio.ts'

const FILES = { 'src/main.ts': 'const price = 1\nexport { price }\n' }

describe('somebody who may write directly and suggests', () => {
  test('a Builder who suggests goes on in a branch of their own: main keeps its text until they accept it', async () => {
    await using studio = await TestStudio.open(FILES)
    const fileId = await studio.fileId('src/main.ts')
    const builder = await studio.open('builder', 'src/main.ts')
    builder.text.insert(0, 'a')
    await builder.saved()
    builder.provider.destroy()
    const branch = branchDocument(studio.members.builder, fileId)
    const suggesting = await studio.openDocument('builder', branch, builder.doc)
    suggesting.text.insert(1, 'b')
    await suggesting.saved()
    expect((await studio.read('src/main.ts')).text).toMatch(/^aconst/)
    const other = await studio.open('maintainer', 'src/main.ts')
    await vi.waitFor(() => {
      expect(other.pending()).toMatchObject([{ byAuthor: true }])
    }, WAIT)
  })

  test('typing on in a second file belongs to the same suggestion, and everybody sees it', async () => {
    await using studio = await TestStudio.open({ ...FILES, 'src/tax.ts': 'const tax = 1\n' })
    for (const path of ['src/main.ts', 'src/tax.ts']) {
      const fileId = await studio.fileId(path)
      const branch = branchDocument(studio.members.reviewer, fileId)
      const open = await studio.openDocument('reviewer', branch)
      open.text.insert(0, 'x')
      await open.saved()
    }
    const other = await studio.open('maintainer', 'src/tax.ts')
    await vi.waitFor(() => {
      expect(other.pending()).toHaveLength(1)
    }, WAIT)
    const mine = await studio.read('src/tax.ts', studio.person('reviewer'), studio.members.reviewer)
    expect(mine.text).toBe('xconst tax = 1\n')
  })

  test('a command of a Builder who suggests waits, and gives a Viewer nothing', async () => {
    await using studio = await TestStudio.open(FILES)
    const gone = [{ op: 'delete', path: 'src/main.ts' }]
    expect(await studio.change(studio.person('builder'), gone, { suggest: true })).toMatchObject({
      verdict: 'queued',
      rule: 'propose-first',
    })
    expect(await studio.change(studio.person('viewer'), gone, { suggest: true })).toMatchObject({
      verdict: 'denied',
    })
    expect((await studio.read('src/main.ts')).text).toBe(FILES['src/main.ts'])
  })
})
