/** What one sees and keeps when the database stands still or falls, and when tokens end while one types. */
import { expect, test, type Browser, type Page } from '@playwright/test'
import { setTimeout as delay } from 'node:timers/promises'
import { api } from '../support/api.ts'
import { appOf, createApp, type TestApp } from '../support/app.ts'
import { OWNER, postgresPids, startBlank } from '../support/blank-studio.ts'
import type { Product } from '../support/product.ts'
import { Workspace } from '../support/workspace.ts'

// One installation of its own, because its database is stopped.
test.describe.configure({ mode: 'serial' })

const TOKEN_SECONDS = 15

let product: Product
let token: string
let app: TestApp
let page: Page
let workspace: Workspace

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000)
  product = await startBlank({ RELPIN_COLLAB_TOKEN_SECONDS: String(TOKEN_SECONDS) })
  await api(product.url).call('POST', '/api/setup', OWNER)
  token = (await api(product.url).call<{ token: string }>('POST', '/api/sign-in', OWNER)).token
  const owner = api(product.url, token)
  app = appOf(owner, await createApp(owner, { 'notes.md': 'start\n' }))
  const context = await browser.newContext({ baseURL: product.url })
  await context.addCookies([{ name: 'relpin_sign_in', value: token, url: product.url }])
  page = await context.newPage()
  workspace = new Workspace(page, app)
  await workspace.enter('notes.md')
})
test.afterAll(async () => {
  await page.context().close()
  await product.stop()
})

const save = () => workspace.status.locator('[data-save]')

/** Every state that the status line has shown since. */
async function watchStates(): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(`(() => {
    const place = document.querySelector('footer[aria-label=Status]')
    const seen = (window.seenStates = [])
    const look = () => {
      const state = place.querySelector('[data-save]')?.dataset.save
      if (state && seen.at(-1) !== state) seen.push(state)
    }
    look()
    new MutationObserver(look).observe(place, { subtree: true, childList: true, attributes: true })
  })()`)
  return () => page.evaluate('window.seenStates')
}

test('while the database stands still it says Saving, then Offline; then everything is saved', async () => {
  await workspace.type(' before', 1)
  await workspace.saved()
  const states = await watchStates()
  const stopped = await postgresPids(product)
  expect(stopped.length).toBeGreaterThan(1)
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  try {
    await page.keyboard.type(' and while it stood still')
    await expect(save()).toHaveAttribute('data-save', 'saving')
    await expect(save()).toHaveAttribute('data-save', 'offline')
    await expect(workspace.status).toContainText('Offline, not saved yet')
    // One can go on typing.
    await page.keyboard.type(', to the end')
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT')
  }
  await expect(save()).toHaveAttribute('data-save', 'saved', { timeout: 45_000 })
  const seen = await states()
  expect(seen.slice(0, 3)).toEqual(['saved', 'saving', 'offline'])
  await expect
    .poll(() => app.text('notes.md'))
    .toBe('start before and while it stood still, to the end\n')
})

test('a database that falls and comes back loses nothing of what is typed meanwhile', async () => {
  test.setTimeout(120_000)
  const [head = 0] = await postgresPids(product)
  await workspace.caret(1)
  const typing = page.keyboard.type(' 0123456789'.repeat(12), { delay: 25 })
  process.kill(head, 'SIGQUIT')
  await typing
  await expect(save()).toHaveAttribute('data-save', 'saved', { timeout: 60_000 })
  await expect.poll(() => app.text('notes.md')).toContain(' 0123456789'.repeat(12))
})

test('tokens are renewed while one types, without a flash of Offline', async () => {
  test.setTimeout(120_000)
  const states = await watchStates()
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/api/collab-token')) asked.push(request.url())
  })
  await workspace.caret()
  const words = 'every key. '.repeat(32)
  // Twice as long as a token is good for.
  await page.keyboard.type(words, { delay: (TOKEN_SECONDS * 2_200) / words.length })
  await workspace.saved()
  expect(asked.length).toBeGreaterThan(1)
  expect(new Set(await states())).toEqual(new Set(['saved', 'saving']))
  await expect.poll(() => app.text('notes.md')).toContain(words)
})

/** Stops the pages as a laptop does that is shut, for longer than a token lives. The server is on its own meanwhile. */
async function sleep(browser: Browser, meanwhile: () => Promise<unknown>): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const pages = processInfo.filter(({ type }) => type === 'renderer')
  for (const { id } of pages) process.kill(id, 'SIGSTOP')
  try {
    await meanwhile()
    await delay(TOKEN_SECONDS * 1_500)
  } finally {
    for (const { id } of pages) process.kill(id, 'SIGCONT')
  }
  await session.detach()
}

test('after a sleep that outlasts its token the editor comes back by itself, and goes on', async ({
  browser,
}) => {
  test.setTimeout(120_000)
  const file = { path: 'sleep.md', text: 'start\n' }
  await api(product.url, token).call('POST', `/api/apps/${app.slug}/files`, file)
  await workspace.enter('sleep.md')
  await workspace.type(' before', 1)
  await workspace.saved()
  await page.evaluate('window.neverReloaded = true')
  await sleep(browser, () => Promise.resolve())
  await page.keyboard.type(' and after')
  await expect(save()).toHaveAttribute('data-save', 'saved', { timeout: 30_000 })
  await expect.poll(() => app.text('sleep.md')).toBe('start before and after\n')
  expect(await page.evaluate('window.neverReloaded')).toBe(true)
})

test('who is signed out elsewhere meanwhile is told so, keeps the text in sight, and finds it again', async ({
  browser,
}) => {
  test.setTimeout(120_000)
  const out = api(product.url, token)
  await sleep(browser, () => out.call('DELETE', '/api/sign-in'))
  await page.keyboard.type(' never lost')
  await expect(page.getByText('You are signed out')).toBeVisible({ timeout: 30_000 })
  await expect(workspace.status).toContainText('Signed out')
  await expect.poll(() => workspace.shown()).toBe('start before and after never lost\n')
  const again = (await api(product.url).call<{ token: string }>('POST', '/api/sign-in', OWNER))
    .token
  await page.context().addCookies([{ name: 'relpin_sign_in', value: again, url: product.url }])
  page.on('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'sign in again' }).click()
  await expect
    .poll(async () => await appOf(api(product.url, again), app).text('sleep.md'), {
      timeout: 30_000,
    })
    .toBe('start before and after never lost\n')
})
