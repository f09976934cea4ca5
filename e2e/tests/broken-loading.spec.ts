/** What breaks off while a page is being loaded, as a network that changes does it, is asked for again. */
import type { Page } from '@playwright/test'
import { expect, test } from '../support/studio-test.ts'
import { Workspace } from '../support/workspace.ts'

const SHEETS = /\/_app\/immutable\/assets\/.*\.css$/

/** How many style sheets the page wants, and how many it has. */
const sheets = (page: Page): Promise<{ wanted: number; there: number }> =>
  page.evaluate(`(() => {
    const links = [...document.querySelectorAll('link[rel=stylesheet]')]
    return { wanted: links.length, there: links.filter(({ sheet }) => sheet !== null).length }
  })()`)

/** Breaks each matching request off for its first `times`. */
async function breakOff(page: Page, what: RegExp, times: number): Promise<() => number> {
  const asked = new Map<string, number>()
  await page.route(what, async (route) => {
    const address = route.request().url()
    const before = asked.get(address) ?? 0
    asked.set(address, before + 1)
    if (before < times) await route.abort('connectionfailed')
    else await route.continue()
  })
  return () => asked.size
}

test('style sheets that did not come are asked for again, and the page looks as it should', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'alpha\n' })
  const page = await studio.window('owner')
  const broken = await breakOff(page, SHEETS, 2)
  await page.goto(`/apps/${app.slug}`)
  await expect
    .poll(async () => {
      const { wanted, there } = await sheets(page)
      return wanted - there
    })
    .toBe(0)
  expect(broken()).toBeGreaterThan(5)
  await expect(page.locator('#styles-missing')).toHaveCount(0)
  await expect(page.getByRole('region', { name: 'Files' }).getByRole('treeitem')).toBeVisible()
})

test('a page whose style sheets never come says so, and works', async ({ studio }) => {
  const app = await studio.app({ 'notes.md': 'alpha\n' })
  const page = await studio.window('owner')
  await breakOff(page, SHEETS, Infinity)
  await page.goto(`/apps/${app.slug}`)
  await expect(page.getByRole('alert').filter({ hasText: 'did not arrive' })).toBeVisible({
    timeout: 40_000,
  })
  await expect(page.getByRole('treeitem', { name: 'notes.md' })).toBeVisible()
})

test('a page whose program did not come is loaded anew', async ({ studio }) => {
  const app = await studio.app({ 'notes.md': 'alpha\n' })
  const page = await studio.window('owner')
  await breakOff(page, /\/_app\/immutable\/entry\/app\..*\.js$/, 1)
  const workspace = new Workspace(page, app)
  await workspace.enter('notes.md')
  await workspace.shows('alpha')
})
