/** Making an app: from the starter, from an archive of one's own, and never from a hostile one. */
import type { Page } from '@playwright/test'
import { randomBytes } from 'node:crypto'
import { tarGz, type TarEntry } from '../support/archives.ts'
import { appOf } from '../support/app.ts'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'
import { Workspace } from '../support/workspace.ts'

const newName = (): string => `app-${randomBytes(5).toString('hex')}`

async function startDialog(page: Page, source: 'Starter' | 'Archive', name: string): Promise<void> {
  await visit(page, '/')
  await page.getByRole('button', { name: 'New app' }).click()
  await page.getByText(source, { exact: true }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
}

const upload = (page: Page, archive: Buffer): Promise<void> =>
  page
    .locator('input[type=file]')
    .setInputFiles({ name: 'project.tar.gz', mimeType: 'application/gzip', buffer: archive })

test('the starter opens without a single false error', async ({ studio }) => {
  const page = await studio.window('maintainer')
  const name = newName()
  const read: string[] = []
  page.on('request', (request) => read.push(request.url()))
  await startDialog(page, 'Starter', name)
  await page.getByRole('button', { name: 'Create app' }).click()
  await page.waitForURL(`**/apps/${name}`)
  const app = appOf(studio.api('owner'), { id: '', slug: name, name })
  const workspace = new Workspace(page, app)
  for (const path of [
    'src/main.ts',
    'src/components/price-summary.ts',
    'src/lib/pricing.test.ts',
  ]) {
    await workspace.open(path)
    await workspace.caret()
    // The language service is at work: it finds this one true error and no other, and lets go of it.
    await page.keyboard.type('missingName()')
    await expect(workspace.editor.locator('.squiggly-error').first()).toBeVisible()
    await expect(workspace.status).toContainText('1 problem')
    await page.keyboard.press('Shift+Home')
    await page.keyboard.press('Delete')
    await expect(workspace.status).toContainText('0 problems')
    await expect(workspace.editor.locator('.squiggly-error')).toHaveCount(0)
  }
  // Types come from files that were read once or twice, not once for every other file.
  expect(read.filter((url) => url.endsWith('/files/src/lib/store.ts')).length).toBeLessThan(4)
  await app.remove()
})

test('an uploaded archive becomes an app; secrets are left out and listed', async ({ studio }) => {
  const page = await studio.window('maintainer')
  const name = newName()
  await startDialog(page, 'Archive', name)
  await upload(
    page,
    tarGz([
      { path: 'shop/src/index.ts', text: 'export const shop = 1\r\n' },
      { path: 'shop/logo.png', text: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]) },
      { path: 'shop/.env', text: 'TOKEN=1\n' },
      { path: 'shop/node_modules/left-pad/index.js', text: 'module.exports = 1\n' },
    ]),
  )
  await page.getByRole('button', { name: 'Create app' }).click()
  await expect(page.getByText('1 secret file was left out')).toBeVisible()
  await expect(page.getByRole('dialog').getByText('.env', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: `Open ${name}` }).click()
  await page.waitForURL(`**/apps/${name}`)
  const app = appOf(studio.api('owner'), { id: '', slug: name, name })
  expect(await app.paths()).toEqual(['logo.png', 'src/index.ts'])
  expect(await app.text('src/index.ts')).toBe('export const shop = 1\n')
  const workspace = new Workspace(page, app)
  await workspace.open('src/index.ts')
  await workspace.shows('export const shop = 1')
  await app.remove()
})

const GOOD: TarEntry = { path: 'src/index.ts', text: 'export {}\n' }
const HOSTILE: readonly { readonly what: string; readonly bad: TarEntry; readonly says: string }[] =
  [
    {
      what: 'a symbolic link',
      bad: { path: 'src/passwd', type: '2', link: '/etc/passwd' },
      says: 'is a symbolic link',
    },
    { what: 'an absolute path', bad: { path: '/etc/cron.d/x', text: 'x' }, says: 'absolute path' },
    {
      what: 'a path that climbs out',
      bad: { path: '../../escape.ts', text: 'x' },
      says: 'points out of the archive',
    },
  ]

for (const { what, bad, says } of HOSTILE) {
  test(`an archive with ${what} is refused, and nothing of it is there`, async ({ studio }) => {
    const page = await studio.window('maintainer')
    const name = newName()
    await startDialog(page, 'Archive', name)
    await upload(page, tarGz([GOOD, bad]))
    await page.getByRole('button', { name: 'Create app' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('The archive was not imported')
    await expect(dialog).toContainText(says)
    expect((await studio.api('owner').ask('GET', `/api/apps/${name}`)).status).toBe(404)
  })
}

test('an archive of too many files, or one that blows up, is refused', async ({ studio }) => {
  const owner = studio.api('owner')
  const name = newName()
  const send = (archive: Buffer) =>
    owner.ask(
      'POST',
      `/api/apps?name=${name}`,
      new Blob([new Uint8Array(archive)], { type: 'application/gzip' }),
    )
  const many = await send(
    tarGz(Array.from({ length: 10_001 }, (_, at) => ({ path: `src/f${at}.ts`, text: '1' }))),
  )
  expect(many.status).toBe(422)
  expect(many.json['detail']).toContain('more than 10,000 files')
  const bomb = await send(tarGz([{ path: 'big.bin', text: Buffer.alloc(101 * 1024 * 1024) }]))
  expect(bomb.status).toBe(422)
  expect(bomb.json['detail']).toContain('more than 100 MB')
  expect((await owner.ask('GET', `/api/apps/${name}`)).status).toBe(404)
})

test('an app is renamed, archived, brought back, and deleted after its name was typed', async ({
  studio,
}) => {
  const app = await studio.app({ 'a.md': 'a\n' })
  const page = await studio.window('maintainer')
  await visit(page, '/')
  const apps = page.getByRole('table', { name: 'Apps' })
  const act = async (on: string, what: string): Promise<void> => {
    const item = page.getByRole('menuitem', { name: what })
    await page.getByRole('button', { name: `Actions for ${on}` }).click()
    await item.click()
  }
  const renamed = `${app.name}-new`
  await act(app.name, 'Rename…')
  await page.getByRole('dialog').getByRole('textbox').first().fill(renamed)
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
  await expect(apps.getByRole('link', { name: renamed })).toBeVisible()

  await act(renamed, 'Archive')
  await expect(apps.getByRole('link', { name: renamed })).toHaveCount(0)
  await page.getByRole('tab', { name: /Archived/ }).click()
  await act(renamed, 'Unarchive')
  // Nothing is archived any more: the page is back at what is there.
  await expect(apps.getByRole('link', { name: renamed })).toBeVisible()
  await act(renamed, 'Delete…')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Delete app' })).toBeDisabled()
  await dialog
    .getByRole('textbox')
    .fill((await dialog.getByText(/Type “/).textContent())?.match(/“(.+)”/)?.[1] ?? '')
  await dialog.getByRole('button', { name: 'Delete app' }).click()
  await expect(apps.getByRole('link', { name: renamed })).toHaveCount(0)
})
