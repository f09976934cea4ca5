/** An installation from its first minute: set-up, signing in and out, and what happens when parts of it die. */
import { expect, type Page } from '@playwright/test'
import { test } from '@playwright/test'
import { api } from '../support/api.ts'
import { appOf } from '../support/app.ts'
import { OWNER, servicePid, startBlank } from '../support/blank-studio.ts'
import { type Product, runProduct } from '../support/product.ts'
import { Workspace } from '../support/workspace.ts'

// One installation, whose life these tests follow in order.
test.describe.configure({ mode: 'serial' })

let product: Product
let page: Page

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000)
  product = await startBlank()
  page = await (await browser.newContext({ baseURL: product.url })).newPage()
})
test.afterAll(async () => {
  await page.context().close()
  await product.stop()
})

async function signIn(password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Email' }).fill(OWNER.email)
  await page.getByLabel('Password').first().fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('the first visit creates the organization and its owner', async () => {
  await page.goto('/')
  await expect(page).toHaveURL(/\/setup$/)
  const fields = { Organization: OWNER.org, 'Your name': OWNER.name, Email: OWNER.email }
  // A page that just arrived may not listen yet; what was typed must be there when it does.
  await expect(async () => {
    for (const [name, value] of Object.entries(fields)) {
      await page.getByRole('textbox', { name }).fill(value)
    }
    await page.getByLabel('Password').first().fill(OWNER.password)
    await page.getByRole('button', { name: 'Create organization' }).click()
    await expect(page.getByRole('heading', { name: 'Apps', exact: true })).toBeVisible({
      timeout: 15_000,
    })
  }).toPass()
  await expect(page.getByText('No apps yet')).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Where you are' })).toContainText(OWNER.org)
})

test('signing out and in again; a wrong password says so', async () => {
  await page.getByRole('button', { name: `Account of ${OWNER.name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await page.goto('/setup')
  await expect(page).toHaveURL(/\/sign-in/)
  await expect(async () => {
    await signIn('not my password')
    await expect(page.getByRole('alert')).toContainText(/password/i, { timeout: 3_000 })
  }).toPass()
  await signIn(OWNER.password)
  await expect(page.getByRole('heading', { name: 'Apps', exact: true })).toBeVisible()
})

test('without a provider the panel says what to do, and everything else works', async () => {
  await page.getByRole('button', { name: 'Create an app' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('ledger')
  await page.getByRole('button', { name: 'Create app' }).click()
  await page.waitForURL('**/apps/ledger')
  const workspace = new Workspace(page, { slug: 'ledger' })
  await expect(workspace.panel).toContainText('No model to talk to yet')
  await expect(workspace.panel.getByRole('link', { name: 'Add a provider key' })).toBeVisible()
  await workspace.open('src/main.ts')
})

test('a killed collab-server comes back, and everything that was Saved is there', async () => {
  const { token } = await api(product.url).call<{ token: string }>('POST', '/api/sign-in', OWNER)
  const app = appOf(api(product.url, token), { id: '', slug: 'ledger', name: 'ledger' })
  const workspace = new Workspace(page, app)
  await workspace.open('README.md')
  await workspace.type('acknowledged before ')
  await workspace.saved()

  const before = await servicePid(product, 'collab-server')
  expect(before).not.toBeNull()
  const typing = page.keyboard.type('and typed while it died', { delay: 25 })
  process.kill(before ?? 0, 'SIGKILL')
  await typing
  await expect.poll(() => servicePid(product, 'collab-server')).not.toBe(before)
  await workspace.saved()
  await workspace.shows('acknowledged before and typed while it died')
  await expect
    .poll(() => app.text('README.md'))
    .toContain('acknowledged before and typed while it died')
  expect(product.output()).toContain('collab-server ended unexpectedly')
})

test('a taken port, and a data folder in use, are told in one line', async () => {
  const taken = await runProduct({
    command: 'start',
    port: product.port,
    dataFolder: `${product.dataFolder}/other`,
  })
  expect(taken.code).toBe(1)
  expect(lines(taken.output)).toEqual([
    `Port ${product.port} is taken. Stop what uses it, or choose another: PORT=${product.port + 1} npm start`,
  ])

  const locked = await runProduct({
    command: 'start',
    port: product.port + 1,
    dataFolder: product.dataFolder,
  })
  expect(locked.code).toBe(1)
  expect(lines(locked.output)).toHaveLength(1)
  expect(locked.output).toContain('already running on this data folder')
})

const lines = (output: string): string[] => output.trim().split('\n')
