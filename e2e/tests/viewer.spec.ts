/** What a Viewer can do: look. Neither the editor nor a message forged past it changes anything. */
import { branchDocument, fileDocument, treeDocument } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { openRaw } from '../support/raw-document.ts'
import { expect, test } from '../support/studio-test.ts'

const FILES = { 'src/price.ts': 'export const price = 10\n' }
type Files = { readonly items: readonly { readonly fileId: string }[] }

test('a Viewer’s editor is read-only, says so, and still follows what others type', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const viewer = await studio.workspace('viewer', app, 'src/price.ts')
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await expect(viewer.status).toContainText('Read only')
  await expect(viewer.files.getByRole('button', { name: 'New file or folder' })).toHaveCount(0)
  await viewer.type('// mine')
  await expect(viewer.editor.getByText('Role Viewer reads and does not write')).toBeVisible()
  await builder.type(' // theirs', 1)
  await viewer.shows('export const price = 10 // theirs')
  await viewer.showsNot('mine')
  await builder.saved()
  expect(await app.text('src/price.ts')).toBe('export const price = 10 // theirs\n')
})

test('an update forged with the Viewer’s own token changes nothing, for nobody', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  const { items } = await studio.api('owner').call<Files>('GET', `/api/apps/${app.slug}/files`)
  const fileId = items[0]?.fileId ?? ''

  const forged = await openRaw(studio.url, studio.api('viewer'), app.slug, () =>
    fileDocument(fileId),
  )
  expect(forged.text.toString()).toBe(FILES['src/price.ts'])
  forged.doc.transact(() => {
    forged.text.insert(0, '// forged\n')
    forged.text.delete(forged.text.length - 5, 4)
  })
  await expect
    .poll(() => forged.messages.filter(({ type }) => type === 'verdict'))
    .toMatchObject([{ verdict: 'denied', rule: 'authoring:exec' }])
  forged.close()

  // What is typed after it arrives, so everything sent before it would be there.
  await builder.type(' // after', 1)
  await builder.saved()
  expect(await app.text('src/price.ts')).toBe('export const price = 10 // after\n')
  await builder.showsNot('forged')
  const refusals = await studio
    .api('owner')
    .call<{ items: { action: string; rule: string; target: string }[] }>(
      'GET',
      `/api/audit?app=${app.slug}&decision=denied`,
    )
  expect(refusals.items).toMatchObject([{ action: 'file.write', rule: 'authoring:exec' }])
})

test('nobody writes the tree or somebody else’s branch directly', async ({ studio }) => {
  const app = await studio.app(FILES)
  const { items } = await studio.api('owner').call<Files>('GET', `/api/apps/${app.slug}/files`)
  const fileId = items[0]?.fileId ?? ''

  const tree = await openRaw(studio.url, studio.api('builder'), app.slug, treeDocument)
  const files = tree.doc.getMap('files')
  await expect.poll(() => files.size).toBe(1)
  files.delete(fileId)
  tree.doc.getMap('files').set('made-up', new Y.Map())
  await expect.poll(() => tree.messages.some((it) => it.type === 'verdict')).toBe(true)
  tree.close()
  expect(await app.paths()).toEqual(['src/price.ts'])

  const { reviewer } = studio.people
  const answer = await studio
    .api('reviewer')
    .ask('PUT', `/api/apps/${app.slug}/files/src/price.ts`, {
      text: 'export const price = 12\n',
    })
  expect(answer.status).toBe(202)
  const branch = await openRaw(studio.url, studio.api('viewer'), app.slug, () =>
    branchDocument(reviewer.id, fileId),
  )
  branch.text.insert(0, '// forged\n')
  await expect.poll(() => branch.messages.some((it) => it.type === 'verdict')).toBe(true)
  branch.close()
  const mine = await studio
    .api('reviewer')
    .ask('GET', `/api/apps/${app.slug}/files/src/price.ts?view=mine`)
  expect(mine.text).toBe('export const price = 12\n')
})

test('a token of one app opens nothing of another', async ({ studio }) => {
  const mine = await studio.app(FILES)
  const other = await studio.app(FILES)
  const { items } = await studio.api('owner').call<Files>('GET', `/api/apps/${other.slug}/files`)
  const fileId = items[0]?.fileId ?? ''
  await expect(
    openRaw(studio.url, studio.api('builder'), mine.slug, () => fileDocument(fileId)),
  ).rejects.toThrow('not accepted')
})

test('the API refuses a Viewer’s changes with the rule in words', async ({ studio }) => {
  const app = await studio.app(FILES)
  const viewer = studio.api('viewer')
  const base = `/api/apps/${app.slug}`
  const tries = [
    await viewer.ask('PUT', `${base}/files/src/price.ts`, { text: 'x' }),
    await viewer.ask('POST', `${base}/files`, { path: 'src/new.ts', text: 'x' }),
    await viewer.ask('PATCH', `${base}/files/src/price.ts`, { to: 'src/other.ts' }),
    await viewer.ask('DELETE', `${base}/files/src/price.ts`),
    await viewer.ask('POST', `${base}/releases`, { title: 'mine' }),
    await viewer.ask('DELETE', base),
  ]
  for (const { status, json } of tries) {
    expect(status).toBe(403)
    expect(json['detail']).toContain('Role Viewer')
    expect(json['rule']).toBeTruthy()
  }
  expect(await app.paths()).toEqual(['src/price.ts'])
})
