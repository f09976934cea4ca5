/** A file's past: its steps, how it was, and the way back under one's own authority. */
import { randomUUID } from 'node:crypto'
import { appOf, type TestApp } from '../support/app.ts'
import { tarGz } from '../support/archives.ts'
import { PastPage, write } from '../support/past.ts'
import { firstName } from '../support/running-studio.ts'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'

const FIRST = 'export const price = 10\n\n// the currency\nexport const currency = "EUR"\n'
const SECOND = FIRST.replace('10', '12')
const THIRD = SECOND.replace('EUR', 'SEK')
const PATH = 'src/price.ts'

test('the history lists who did what, and shows each point and what it changed', async ({
  studio,
}) => {
  const app = await studio.app({ [PATH]: FIRST })
  const { owner, builder } = studio.people
  const workspace = await studio.workspace('builder', app, PATH)
  await workspace.type(' of the shop', 3)
  await workspace.saved()
  await workspace.ask(`Replace "price = 10" with "price = 12" in ${PATH}`)
  await workspace.shows('price = 12')

  // From the editor by keyboard.
  await workspace.page.keyboard.press('Alt+h')
  const past = new PastPage(workspace.page)
  await expect(past.page.getByRole('heading', { level: 1 })).toContainText(PATH)
  await expect(past.steps).toHaveCount(3)
  await expect(past.steps.nth(0)).toContainText(`OpenCode for ${firstName(builder.name)}`)
  await expect(past.steps.nth(1)).toContainText(builder.name)
  await expect(past.steps.nth(1)).toContainText('+12')
  await expect(past.steps.nth(2)).toContainText(owner.name)
  await expect(past.steps.nth(2)).toContainText('Created the file')

  // The newest is chosen, with what it changed; down the list by arrow keys.
  await expect(past.chosen.locator('.before mark, .before')).not.toHaveCount(0)
  await expect(past.chosen).toContainText('price = 12')
  await past.list.focus()
  await past.page.keyboard.press('ArrowDown')
  await expect(past.steps.nth(1)).toHaveAttribute('aria-selected', 'true')
  await expect(past.chosen.locator('.line.after')).toContainText('// the currency of the shop')
  await past.show('The text then')
  await expect(past.chosen.getByRole('region', { name: `Text of ${PATH}` })).toContainText(
    'price = 10',
  )
  await past.show('Compared with now')
  await expect(past.chosen.locator('.line.after')).toContainText('price = 12')

  // The address leads to the same point.
  await expect(past.page).toHaveURL(/at=\d+&show=now/)
  await past.page.reload()
  await expect(past.steps.nth(1)).toHaveAttribute('aria-selected', 'true')
  await expect(past.chosen.locator('.line.after')).toContainText('price = 12')
})

test('a Builder reverts a file to a point; it lands in open editors and is a step of its own', async ({
  studio,
}) => {
  const app = await studio.app({ [PATH]: FIRST })
  await write(studio.api('owner'), app.slug, PATH, SECOND)
  await write(studio.api('maintainer'), app.slug, PATH, THIRD)
  const owner = await studio.workspace('owner', app, PATH)
  const past = await PastPage.open(
    await studio.window('builder'),
    studio.api('builder'),
    app.slug,
    PATH,
  )
  await past.steps.last().click()
  const said = await past.goBack('Revert file to this point', 'Revert file')
  expect(said).toContain('This lands at once')
  await expect(past.chosen.getByText(/^Landed/)).toBeVisible()
  await owner.shows('price = 10')
  await owner.shows('currency = "EUR"')
  expect(await app.text(PATH)).toBe(FIRST)
  await expect(past.steps.first()).toContainText(studio.people.builder.name)
  await expect(past.steps.first()).toContainText('Went back to an earlier point')
})

test('an agent’s patch is undone while what a person wrote after it stays', async ({ studio }) => {
  const app = await studio.app({ [PATH]: FIRST })
  const builder = await studio.workspace('builder', app, PATH)
  await builder.ask(`Replace "price = 10" with "price = 12" in ${PATH}`)
  await builder.shows('price = 12')
  await builder.type(' of the shop', 3)
  await builder.saved()
  await builder.page.keyboard.press('Alt+h')
  const past = new PastPage(builder.page)
  await past.steps.filter({ hasText: 'OpenCode for' }).click()
  const said = await past.goBack('Undo this patch', 'Undo patch')
  expect(said).toContain('What was written since stays')
  await expect(past.chosen.getByText(/^Landed/)).toBeVisible()
  await expect
    .poll(() => app.text(PATH))
    .toBe(FIRST.replace('the currency', 'the currency of the shop'))
  await expect(past.steps.first()).toContainText('Took back patch')
})

test('a landed patch is undone from its own page', async ({ studio }) => {
  const app = await studio.app({ [PATH]: FIRST })
  const patch = await write(studio.api('reviewer'), app.slug, PATH, SECOND)
  await studio.api('maintainer').call('POST', `/api/patches/${patch}/approve?app=${app.slug}`)
  expect(await app.text(PATH)).toBe(SECOND)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  await page.getByRole('button', { name: 'Undo this patch' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo patch' }).click()
  await expect(page.getByText(/^Landed as patch/).first()).toBeVisible()
  expect(await app.text(PATH)).toBe(FIRST)
})

test('a Viewer sees the history and cannot go back', async ({ studio }) => {
  const app = await studio.app({ [PATH]: FIRST })
  await write(studio.api('owner'), app.slug, PATH, SECOND)
  const viewer = await studio.workspace('viewer', app, PATH)
  await viewer.row(PATH).click({ button: 'right' })
  await viewer.page.getByRole('menuitem', { name: 'History' }).click()
  const past = new PastPage(viewer.page)
  await expect(past.steps).not.toHaveCount(0)
  await past.steps.last().click()
  await past.show('The text then')
  await expect(past.chosen).toContainText('price = 10')
  await expect(
    past.chosen.getByRole('button', { name: 'Revert file to this point' }),
  ).toBeDisabled()
  await expect(past.chosen).toContainText('Role Viewer reads and does not write')
  expect(await app.text(PATH)).toBe(SECOND)
})

test('a Reviewer’s revert waits as a proposal, and lands when it is approved', async ({
  studio,
}) => {
  const app = await studio.app({ [PATH]: FIRST })
  await write(studio.api('owner'), app.slug, PATH, SECOND)
  const past = await PastPage.open(
    await studio.window('reviewer'),
    studio.api('reviewer'),
    app.slug,
    PATH,
  )
  await past.steps.last().click()
  const said = await past.goBack('Revert file to this point', 'Propose to revert')
  expect(said).toContain('This waits as a proposal and changes nothing yet')
  const [patch] = await app.patches('open')
  await expect(
    past.chosen.getByText(`Waits for approval as patch ${patch?.id}`).first(),
  ).toBeVisible()
  expect(await app.text(PATH)).toBe(SECOND)
  await studio.api('maintainer').call('POST', `/api/patches/${patch?.id}/approve?app=${app.slug}`)
  await expect.poll(() => app.text(PATH)).toBe(FIRST)
  await expect(past.steps.first()).toContainText(`approved by ${studio.people.maintainer.name}`)
})

test('a deleted file is found from the file tree, and comes back with its text for everybody', async ({
  studio,
}) => {
  const app = await studio.app({ [PATH]: FIRST, 'notes.md': 'one\n' })
  const builder = await studio.workspace('builder', app, 'notes.md')
  const owner = await studio.workspace('owner', app, 'notes.md')
  await studio.api('maintainer').call('DELETE', `/api/apps/${app.slug}/files/${PATH}`)
  await expect(owner.row(PATH)).toHaveCount(0)

  await builder.files.getByRole('button', { name: 'Deleted files' }).click()
  const list = builder.page.getByRole('dialog', { name: 'Deleted files' })
  await expect(list.getByRole('listitem')).toContainText(studio.people.maintainer.name)
  await list.getByRole('link', { name: PATH }).press('Enter')
  const past = new PastPage(builder.page)
  await expect(past.page.getByRole('heading', { level: 1 })).toContainText(`${PATH} deleted`)
  await past.show('The text then')
  await expect(past.chosen).toContainText('price = 10')
  const said = await past.goBack('Bring back the file', 'Bring back')
  expect(said).toContain('This lands at once')
  await expect(past.chosen.getByText(/^Landed/)).toBeVisible()
  await owner.open(PATH)
  await owner.shows('price = 10')
  expect(await app.text(PATH)).toBe(FIRST)
  await expect(past.chosen.getByRole('button', { name: 'Revert file to this point' })).toBeVisible()
})

test('a deleted picture comes back from the list of deleted files', async ({ studio }) => {
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3])
  const archive = tarGz([
    { path: 'app/logo.png', text: bytes },
    { path: 'app/a.md', text: 'a' },
  ])
  const upload = await studio
    .api('owner')
    .ask(
      'POST',
      `/api/apps?name=app-${randomUUID().slice(0, 8)}`,
      new Blob([new Uint8Array(archive)], { type: 'application/gzip' }),
    )
  const app = appOf(studio.api('owner'), (upload.json as { app: TestApp }).app)
  const builder = await studio.workspace('builder', app)
  const viewer = await studio.workspace('viewer', app)
  await studio.api('builder').call('DELETE', `/api/apps/${app.slug}/files/logo.png`)
  await expect(viewer.row('logo.png')).toHaveCount(0)

  for (const { page, files } of [viewer, builder]) {
    await files.getByRole('button', { name: 'Deleted files' }).click()
    const back = page.getByRole('dialog').getByRole('button', { name: 'Bring back logo.png' })
    if (page === viewer.page) await expect(back).toBeDisabled()
    else await back.click()
  }
  await expect(viewer.files.locator('[data-path="logo.png"]')).toHaveCount(1)
  expect(await studio.api('viewer').bytes(`/api/apps/${app.slug}/files/logo.png`)).toEqual(bytes)
  await app.remove()
})
