/** Two machines with one database, set up as the documentation says, and one of them loses its power. */
import { expect, test, type Browser } from '@playwright/test'
import { api } from '../support/api.ts'
import { appOf, createApp, type TestApp } from '../support/app.ts'
import { OWNER } from '../support/blank-studio.ts'
import { machines, unplug, type Machines } from '../support/machines.ts'
import type { Product } from '../support/product.ts'
import { Workspace } from '../support/workspace.ts'

// One pair of machines, whose life these tests follow in order.
test.describe.configure({ mode: 'serial' })

let pair: Machines
let a: Product
let b: Product
let token: string
let app: TestApp

test.beforeAll(async () => {
  test.setTimeout(300_000)
  pair = await machines()
  a = await pair.start('a')
  b = await pair.start('b')
  pair.front.to(a.port)
  const guest = api(pair.url)
  token = (await guest.call<{ token: string }>('POST', '/api/setup', OWNER)).token
  app = await createApp(api(pair.url, token), { 'notes.md': 'one\n' })
})
test.afterAll(async () => {
  test.setTimeout(60_000)
  await pair[Symbol.asyncDispose]()
})

async function windowAt(browser: Browser, url: string): Promise<Workspace> {
  const context = await browser.newContext({ baseURL: url })
  await context.addCookies([{ name: 'relpin_sign_in', value: token, url }])
  const workspace = new Workspace(await context.newPage(), app)
  await workspace.enter('notes.md')
  return workspace
}

const textAt = (url: string): Promise<string> => appOf(api(url, token), app).text('notes.md')

test('people at different machines edit one file, and both machines answer with its text', async ({
  browser,
}) => {
  const here = await windowAt(browser, a.url)
  const there = await windowAt(browser, b.url)
  await here.type('typed at a ', 1)
  await there.shows('typed at a')
  await there.type('typed at b ')
  await here.shows('typed at b')
  await here.saved()
  await there.saved()
  const text = await textAt(a.url)
  expect(text).toContain('typed at a')
  expect(text).toContain('typed at b')
  expect(await textAt(b.url)).toBe(text)
})

test('the machine that serves a file loses its power: who types goes on at the other, with every key', async ({
  browser,
}) => {
  const home = await pair.homeOf(app.slug)
  const [dying, staying] = home === 'a' ? [a, b] : [b, a]
  pair.front.to(dying.port)
  const through = await windowAt(browser, pair.url)
  const beside = await windowAt(browser, staying.url)
  await through.caret()
  const letters = 'typed while the power went'
  const typing = through.page.keyboard.type(letters, { delay: 40 })
  await through.shows('typed while')
  await unplug(dying)
  pair.front.to(staying.port)
  await typing
  await beside.type('and beside it ', 1)
  await through.saved()
  await beside.saved()
  await through.shows('and beside it')
  await beside.shows(letters)
  const text = await textAt(pair.url)
  expect(text.split(letters)).toHaveLength(2)
  expect(text.split('and beside it')).toHaveLength(2)
  expect(await pair.homeOf(app.slug)).toBe(home === 'a' ? 'b' : 'a')
})

test('the machine comes back, and serves the same text', async () => {
  const text = await textAt(pair.url)
  const living = await pair.homeOf(app.slug)
  const back = await pair.start(living === 'a' ? 'b' : 'a')
  expect(await textAt(back.url)).toBe(text)
  const { status } = await api(back.url).ask('GET', '/healthz')
  expect(status).toBe(200)
  // Started again under its name, it takes nothing from the home that lives.
  expect(await pair.homeOf(app.slug)).toBe(living)
})
