/** Pinning what is in main: equal files have an equal digest, and a release's bytes are the same every time. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'

const FILES = { 'src/price.ts': 'export const price = 10\n', 'notes.md': '# notes\n' }
type Release = { readonly digest: string; readonly number: number; readonly outcome: string }

test('a release is pinned from the workspace, and shows its digest', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  const { page } = owner
  await page.getByRole('button', { name: 'Pin release' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Title' }).fill('First price')
  await dialog.getByRole('button', { name: 'Pin release' }).click()
  await expect(dialog).toContainText('Release #1 is pinned')
  const digest = (await dialog.locator('code').textContent()) ?? ''
  expect(digest).toMatch(/^(sha256:)?[0-9a-f]{64}$/)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('link', { name: 'Download .tar' }).click(),
  ])
  const bytes = await readFile(await download.path())
  const again = await studio.api('viewer').bytes(`/api/releases/${digest}.tar`)
  expect(bytes.equals(again)).toBe(true)
})

test('the tar has equal bytes every time, lists the files, and the digest is that of release.json', async ({
  studio,
}, testInfo) => {
  const app = await studio.app(FILES)
  const owner = studio.api('owner')
  const pin = (title: string): Promise<Release> =>
    owner.call<Release>('POST', `/api/apps/${app.slug}/releases`, { title })
  const first = await pin('First')
  const second = await pin('The same again')
  expect(second.digest).toBe(first.digest)
  expect(second.outcome).toBe('already-pinned')

  const tar = await owner.bytes(`/api/releases/${first.digest}.tar`)
  const again = await owner.bytes(`/api/releases/${first.digest}.tar`)
  expect(tar.equals(again)).toBe(true)
  const path = testInfo.outputPath('release.tar')
  await writeFile(path, tar)
  const { stdout } = await promisify(execFile)('tar', ['tf', path])
  expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining(Object.keys(FILES)))

  const manifest = await owner.bytes(`/api/releases/${first.digest}.json`)
  const sha256 = createHash('sha256').update(manifest).digest('hex')
  expect(first.digest.replace('sha256:', '')).toBe(sha256)
})

test('what waits for approval is in no release', async ({ studio }) => {
  const app = await studio.app(FILES)
  await studio
    .api('reviewer')
    .call('PUT', `/api/apps/${app.slug}/files/notes.md`, { text: '# mine\n' })
  const release = await studio
    .api('maintainer')
    .call<Release>('POST', `/api/apps/${app.slug}/releases`, { title: 'Main only' })
  const tar = await studio.api('maintainer').bytes(`/api/releases/${release.digest}.tar`)
  expect(tar.toString()).toContain('# notes')
  expect(tar.toString()).not.toContain('# mine')
})

test('two releases are compared side by side', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = studio.api('owner')
  const releases = `/api/apps/${app.slug}/releases`
  await owner.call('POST', releases, { title: 'Before' })
  await owner.call('PUT', `/api/apps/${app.slug}/files/src/price.ts`, {
    text: 'export const price = 12\n',
  })
  await owner.call('POST', `/api/apps/${app.slug}/files`, { path: 'src/tax.ts', text: '// tax\n' })
  await owner.call('POST', releases, { title: 'After' })

  const page = await studio.window('viewer')
  await visit(page, `/apps/${app.slug}/releases`)
  await expect(page.getByRole('row').filter({ hasText: 'Before' })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Compare release 1' }).check()
  await page.getByRole('checkbox', { name: 'Compare release 2' }).check()
  await page.getByRole('button', { name: 'Compare the two' }).click()
  await expect(page.getByText('2 files differ')).toBeVisible()
  const files = page.getByRole('navigation', { name: 'Files that differ' })
  await expect(files.getByRole('link').filter({ hasText: 'src/price.ts' })).toContainText('changed')
  await expect(files.getByRole('link').filter({ hasText: 'src/tax.ts' })).toContainText('added')
  await expect(page.getByText('export const price = 10')).toBeVisible()
  await expect(page.getByText('export const price = 12')).toBeVisible()
})
