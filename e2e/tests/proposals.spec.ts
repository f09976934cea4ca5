/** Deciding about what waits: in the editor and on the Proposals page, by somebody who may, and never by who asked for it. */
import type { Api } from '../support/api.ts'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'
import { wordsOfReviewer } from '../support/waiting-words.ts'

const FILES = {
  'src/price.ts': 'export const price = 10\n\n// the currency\nexport const currency = "EUR"\n',
}

type Queued = { readonly verdict: string; readonly patch: string }

/** A Reviewer's own change, which waits. */
async function propose(reviewer: Api, slug: string, text: string): Promise<string> {
  const { verdict, patch } = await reviewer.call<Queued>(
    'PUT',
    `/api/apps/${slug}/files/src/price.ts`,
    {
      text,
    },
  )
  expect(verdict).toBe('queued')
  return patch
}

const PROPOSED = FILES['src/price.ts'].replace('price = 10', 'price = 12')

test('a Maintainer approves from the editor, and the text lands in everybody’s editor', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const maintainer = await studio.workspace('maintainer', app, 'src/price.ts')
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await propose(studio.api('reviewer'), app.slug, PROPOSED)

  await maintainer.editor.locator('.pending-strike').first().hover()
  await maintainer.decision.getByRole('button', { name: 'Approve' }).click()
  await maintainer.shows('export const price = 12')
  await builder.shows('export const price = 12')
  await expect(builder.editor.locator('.pending-strike')).toHaveCount(0)
  expect(await app.text('src/price.ts')).toBe(PROPOSED)
  expect(await app.patches('open')).toEqual([])
})

test('a Maintainer decides with the keyboard alone', async ({ studio }) => {
  const app = await studio.app(FILES)
  const maintainer = await studio.workspace('maintainer', app, 'src/price.ts')
  await propose(studio.api('reviewer'), app.slug, PROPOSED)
  await expect(maintainer.editor.locator('.pending-strike').first()).toBeVisible()
  await maintainer.page.keyboard.press('F7')
  await expect(maintainer.decision).toBeVisible()
  await maintainer.page.keyboard.press('Alt+r')
  await expect(maintainer.editor.locator('.pending-strike')).toHaveCount(0)
  await maintainer.shows('export const price = 10')
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])
})

test('a change that stands on another patch shows it on the Proposals page, and both are approved together', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const reviewer = studio.api('reviewer')
  const base = await propose(reviewer, app.slug, PROPOSED)
  const both = PROPOSED.replace('price = 12', 'price = 1234')
  const second = await propose(reviewer, app.slug, both)
  expect(second).not.toBe(base)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${second}`)
  const bar = page.getByRole('group', { name: /^Hunk 1 of/ })
  await expect(page.getByText(`Stands on patch ${base}`).first()).toBeVisible()
  await bar.getByRole('button', { name: /Approve \d together/ }).click()
  await expect.poll(() => app.text('src/price.ts')).toBe(both)
  expect(await app.patches('open')).toEqual([])
})

test('a draft is shown to others without the buttons that its author has', async ({ studio }) => {
  const app = await studio.app(FILES)
  const { reviewer, patch } = await wordsOfReviewer(studio, app)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  await expect(page.getByText('Still being written.')).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Approve|Reject)/ })).toHaveCount(0)
  await reviewer.editor.getByRole('button', { name: 'Submit for review' }).click()
  await expect(page.getByRole('button', { name: 'Approve' }).first()).toBeVisible()
})

test('a Maintainer approves side by side on the Proposals page', async ({ studio }) => {
  const app = await studio.app(FILES)
  const patch = await propose(studio.api('reviewer'), app.slug, PROPOSED)
  await studio.api('reviewer').ask('POST', `/api/patches/${patch}/submit?app=${app.slug}`)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  const page = await studio.window('maintainer')

  await visit(page, `/apps/${app.slug}/proposals`)
  await page.getByRole('listitem').filter({ hasText: patch }).getByRole('link').click()
  await expect(page.getByText('price = 10')).toBeVisible()
  await expect(page.getByText('price = 12')).toBeVisible()
  await expect(page.getByText('Why it waits')).toBeVisible()
  await page.getByRole('button', { name: 'Approve' }).first().click()
  await expect(page.getByText('Nothing of this proposal waits')).toBeVisible()
  await builder.shows('export const price = 12')
  expect(await app.text('src/price.ts')).toBe(PROPOSED)
})

test('who asked for a change cannot approve it, and is told who can', async ({ studio }) => {
  const app = await studio.app(FILES)
  const reviewer = studio.api('reviewer')
  const patch = await propose(reviewer, app.slug, PROPOSED)
  const page = await studio.window('reviewer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  await expect(page.getByText('You cannot approve this')).toBeVisible()
  await expect(page.getByText('Somebody else with approval authority decides')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0)

  // The page only mirrors the rule: the API refuses it as well.
  const answer = await reviewer.ask('POST', `/api/patches/${patch}/approve?app=${app.slug}`)
  expect(answer.status).toBe(403)
  expect(answer.json).toMatchObject({ rule: 'approve:another' })
  const builder = await studio
    .api('builder')
    .ask('POST', `/api/patches/${patch}/approve?app=${app.slug}`)
  expect(builder.json).toMatchObject({ status: 403, rule: 'authoring:approve' })
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])
})

test('a Reviewer types a proposal, submits it, and withdraws it', async ({ studio }) => {
  const app = await studio.app(FILES)
  const reviewer = await studio.workspace('reviewer', app, 'src/price.ts')
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await expect(reviewer.status).toContainText('Your edits wait for approval')
  await reviewer.type(' of the shop', 3)
  await expect(owner.editor.locator('.pending-insert')).toContainText('of the shop')
  await reviewer.saved()
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])

  await reviewer.editor.getByRole('button', { name: 'Submit for review' }).click()
  await expect
    .poll(async () => (await app.patches('open')).map(({ state }) => state))
    .toEqual(['pending'])
  const [patch] = await app.patches('open')
  await visit(reviewer.page, `/apps/${app.slug}/proposals/${patch?.id}`)
  await reviewer.page.getByRole('button', { name: 'Withdraw' }).first().click()
  await expect(owner.editor.locator('.pending-insert')).toHaveCount(0)
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])
})

test('a proposed new file appears in the tree, and exists once it is approved', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  const answer = await studio.api('reviewer').ask('POST', `/api/apps/${app.slug}/files`, {
    path: 'src/tax.ts',
    text: 'export const tax = 0.2\n',
  })
  expect(answer.status).toBe(202)
  await expect(owner.row('src/tax.ts')).toBeVisible()
  expect(await app.paths()).toEqual(['src/price.ts'])
  // Nobody approves what they have not seen.
  await owner.open('src/tax.ts')
  await expect(owner.editor.locator('.pending-block')).toContainText('export const tax = 0.2')
  await studio
    .api('owner')
    .call('POST', `/api/patches/${String(answer.json['patch'])}/approve?app=${app.slug}`)
  await expect.poll(() => app.paths()).toEqual(['src/price.ts', 'src/tax.ts'])
  await owner.shows('export const tax = 0.2')
  await expect(owner.editor.locator('.pending-block')).toHaveCount(0)
})

const SHOP = PROPOSED.replace('"EUR"', '"EUR" as const')

test('hunks are decided one by one with the keyboard on the Proposals page: j, k, a and r', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const patch = await propose(studio.api('reviewer'), app.slug, SHOP)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  await expect(page.getByRole('group', { name: /^Hunk/ })).toHaveCount(2)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await expect(page.getByRole('group', { name: /^Hunk 2 of 2/ })).toBeFocused()
  await page.keyboard.press('r')
  await expect(page.getByRole('group', { name: /^Hunk/ })).toHaveCount(1)
  await page.keyboard.press('a')
  await expect(page.getByText('Nothing of this proposal waits')).toBeVisible()
  expect(await app.text('src/price.ts')).toBe(PROPOSED)
})

test('a whole file is decided at once, the other files wait on', async ({ studio }) => {
  const app = await studio.app({ ...FILES, 'src/tax.ts': 'export const tax = 0.2\n' })
  const reviewer = await studio.workspace('reviewer', app, 'src/price.ts')
  await reviewer.type(' // net', 1)
  await reviewer.type(' of the shop', 3)
  await reviewer.open('src/tax.ts')
  await reviewer.type(' // per cent', 1)
  await reviewer.saved()
  await reviewer.editor.getByRole('button', { name: 'Submit for review' }).click()
  await expect
    .poll(async () => (await app.patches('open')).map(({ state }) => state))
    .toEqual(['pending'])
  const [patch] = await app.patches('open')
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch?.id}`)
  await expect(page.getByRole('group', { name: /^Hunk/ })).toHaveCount(3)
  await page.getByRole('button', { name: 'Approve all in this file' }).click()
  await expect(page.getByRole('group', { name: /^Hunk/ })).toHaveCount(1)
  expect(await app.text('src/price.ts')).toContain('// the currency of the shop')
  expect(await app.text('src/tax.ts')).toBe('export const tax = 0.2\n')
})

test('what its author writes on while one looks is marked, and the version one saw is not approved', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const { reviewer, patch } = await wordsOfReviewer(studio, app)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  await expect(page.getByText('of the shop')).toBeVisible()
  const detail = await studio
    .api('maintainer')
    .call<{ diffs: { hunks: { digest: string }[] }[] }>(
      'GET',
      `/api/apps/${app.slug}/patches/${patch}`,
    )
  await reviewer.type(', ours', 3)
  await reviewer.saved()
  await expect(page.getByText('of the shop, ours')).toBeVisible()
  await expect(page.getByText('Changed while you looked')).toBeVisible()

  await reviewer.editor.getByRole('button', { name: 'Submit for review' }).click()
  await expect
    .poll(async () => (await app.patches('open')).map(({ state }) => state))
    .toEqual(['pending'])
  const old = await studio
    .api('maintainer')
    .ask('POST', `/api/patches/${patch}/approve?app=${app.slug}`, {
      hunks: [detail.diffs[0]?.hunks[0]?.digest],
    })
  expect(old.status).toBe(409)
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])
})

test('two people propose for the same line: both are pending, each in their colour with their name', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await propose(studio.api('reviewer'), app.slug, PROPOSED)
  await studio.api('builder').call('PUT', `/api/apps/${app.slug}/files/src/price.ts?suggest=true`, {
    text: FILES['src/price.ts'].replace('price = 10', 'price = 14'),
  })
  await expect(owner.editor.locator('.pending-author')).toHaveCount(2)
  await expect(owner.editor.locator('.pending-insert')).toHaveCount(2)
  const colours = await owner.editor.locator('.pending-insert').evaluateAll((nodes) =>
    nodes.map((node) => {
      const it = globalThis as unknown as {
        getComputedStyle: (of: unknown) => { textDecorationColor: string }
      }
      return it.getComputedStyle(node).textDecorationColor
    }),
  )
  expect(new Set(colours).size).toBe(2)
  await expect(owner.editor.locator('.pending-bar.lane-1').first()).toBeAttached()
})

test('created, renamed and deleted files show as pending in the tree, and are decided there', async ({
  studio,
}) => {
  const app = await studio.app({
    ...FILES,
    'src/old.ts': 'export const old = 1\n',
    'src/tax.ts': 'export const tax = 0.2\n',
  })
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  const reviewer = studio.api('reviewer')
  const files = `/api/apps/${app.slug}/files`
  await reviewer.call('POST', files, { path: 'src/new.ts', text: 'export {}\n' })
  await reviewer.call('PATCH', `${files}/src/tax.ts`, { to: 'src/fees.ts' })
  await reviewer.call('DELETE', `${files}/src/old.ts`)
  await expect(owner.row('src/new.ts')).toContainText('new, pending')
  await expect(owner.row('src/tax.ts')).toContainText('→ fees.ts, pending')
  await expect(owner.row('src/old.ts')).toContainText('delete, pending')

  const dialog = owner.page.getByRole('dialog')
  await owner.row('src/old.ts').click({ button: 'right' })
  await owner.page.getByRole('menuitem', { name: /^Decide: delete/ }).click()
  await expect(dialog).toContainText('Deletes the file')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await expect(owner.row('src/old.ts')).toHaveCount(0)

  await owner.row('src/tax.ts').click()
  await owner.page.keyboard.press('Alt+a')
  await expect(dialog).toContainText('Renames the file to src/fees.ts')
  await dialog.getByRole('button', { name: 'Reject' }).click()
  await expect(owner.row('src/tax.ts')).not.toContainText('pending')
  await expect.poll(() => app.paths()).toEqual(['src/price.ts', 'src/tax.ts'])
})

test('all keys are in one list', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await owner.editor.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  const dialog = owner.page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(dialog).toContainText('Next pending change')
  await expect(dialog).toContainText('Approve or accept the pending change')
  await expect(dialog).toContainText('Switch between Editing and Suggesting')
})

test('who built on a change that is rejected is told at once, and finds the text on the page of the patch', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const { reviewer, patch } = await wordsOfReviewer(studio, app)
  await studio.api('reviewer').call('POST', `/api/patches/${patch}/submit?app=${app.slug}`)
  await reviewer.page.keyboard.type(', ours')
  await reviewer.saved()
  const second = (await app.patches('open')).find(({ id }) => id !== patch)?.id ?? ''
  await studio.api('maintainer').call('POST', `/api/patches/${patch}/reject?app=${app.slug}`)
  await expect(reviewer.toast(`of your patch ${second} can land no more`)).toBeVisible()
  await reviewer.showsNot('ours')
  await visit(reviewer.page, `/apps/${app.slug}/proposals/${second}`)
  const stale = reviewer.page.getByRole('region', { name: 'Stale changes' })
  await expect(stale).toContainText(`It was built on ${patch}, which was not approved.`)
  await expect(stale.getByLabel('Text that can land no more')).toHaveText(', ours')
})
