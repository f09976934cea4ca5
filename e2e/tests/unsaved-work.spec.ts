/** What is written and not saved yet survives: a reload, a crash of the page, a crash of the browser, a database that is away. */
import { chromium, expect, type BrowserContext, type Page } from '@playwright/test'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { breakableConnection } from '../support/breakable-connection.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { test, type StudioFixture } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'
import { Workspace } from '../support/workspace.ts'

const FILES = { 'notes.md': 'start\n', 'other.md': 'other\n' }

/** Leaves the question of the browser with yes. */
const leaves = (page: Page): void => {
  page.on('dialog', (dialog) => void dialog.accept())
}

/** Somebody has typed ` words` at the end of the first line, and nothing of it has reached the server. */
async function typedOffline(studio: StudioFixture, words: string, page: Page) {
  const app = await studio.app(FILES)
  const workspace = new Workspace(page, app)
  const connection = await offline(page, workspace)
  await workspace.type(words, 1)
  await expect(workspace.status).toContainText('not saved yet')
  return { app, workspace, connection }
}

async function offline(page: Page, workspace: Workspace) {
  const connection = await breakableConnection(page)
  await workspace.enter('notes.md')
  await connection.cut()
  await expect(workspace.status).toContainText('Offline')
  return connection
}

/** The owner has the notes open, and no connection. */
async function cutOff(studio: StudioFixture) {
  const app = await studio.app(FILES)
  const page = await studio.window('owner')
  const owner = new Workspace(page, app)
  return { app, page, owner, connection: await offline(page, owner) }
}

test('text typed offline survives a reload and is saved when the connection is back', async ({
  studio,
}) => {
  const { app, page, owner, connection } = await cutOff(studio)
  await owner.type(' typed offline', 1)
  await owner.type('and a second line')
  await expect(owner.status).toContainText('Offline, not saved yet')

  const asked = page.waitForEvent('dialog')
  leaves(page)
  await page.reload()
  expect((await asked).type()).toBe('beforeunload')
  await expect(owner.toast('Text that was not saved was found')).toBeHidden()
  connection.mend()
  await expect.poll(() => app.text('notes.md')).toBe('start typed offline\nand a second line')
  await owner.shows('start typed offline')
  await owner.saved()
  // And once is enough.
  await page.reload()
  await owner.saved()
  expect(await app.text('notes.md')).toBe('start typed offline\nand a second line')
})

test('hundreds of keys typed offline: as soon as it says Saved, the server has them all', async ({
  studio,
}) => {
  const { app, page, owner, connection } = await cutOff(studio)
  const words = Array.from({ length: 200 }, (_, at) => ` ${at}`).join('')
  await owner.type(words, 1)
  await expect(owner.status).toContainText('Offline, not saved yet')
  // What it says is looked at as it is painted, and the server is asked in the same moment.
  const whenSaved = page.evaluate<string>(`(async () => {
    while (!document.querySelector('[data-save=saved]')) await new Promise(requestAnimationFrame)
    return (await fetch('/api/apps/${app.slug}/files/notes.md')).text()
  })()`)
  connection.mend()
  expect(await whenSaved).toBe(`start${words}\n`)
})

test('the page crashes with unsaved text in two files; the next one saves both', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const page = await studio.window('owner')
  const owner = new Workspace(page, app)
  await owner.enter('other.md')
  await offline(page, owner)
  await owner.type(' in one file', 1)
  await owner.editor.getByRole('tab', { name: 'other.md' }).click()
  await owner.shows('other')
  await owner.type(' and in another', 1)
  await crash(page)

  const next = new Workspace(await page.context().newPage(), app)
  await next.enter()
  await expect(next.toast('Text that was not saved was found')).toBeVisible()
  await expect.poll(() => app.text('notes.md')).toBe('start in one file\n')
  await expect.poll(() => app.text('other.md')).toBe('other and in another\n')
  await next.saved()
})

/** The renderer ends as if it had run out of memory. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  void session.send('Page.crash').catch(() => undefined)
  await crashed
}

test('the browser is killed in the middle of typing; the text is there and lands', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const profile = await mkdtemp(join(tmpdir(), 'relpin-profile-'))
  const open = async (): Promise<BrowserContext> => {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      args: CHROMIUM_ARGS,
      baseURL: studio.url,
      viewport: { width: 1440, height: 900 },
    })
    const { token } = studio.people.owner
    await context.addCookies([{ name: 'relpin_sign_in', value: token, url: studio.url }])
    return context
  }
  try {
    const first = await open()
    const page = await first.newPage()
    const owner = new Workspace(page, app)
    await offline(page, owner)
    await owner.caret(1)
    await page.keyboard.type(' every key of this', { delay: 10 })
    const gone = first.waitForEvent('close')
    process.kill(await browserOf(profile), 'SIGKILL')
    await gone

    const second = await open()
    const next = new Workspace(await second.newPage(), app)
    await next.enter('notes.md')
    await next.shows('start every key of this')
    await next.saved()
    expect(await app.text('notes.md')).toBe('start every key of this\n')
    await second.close()
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
})

/** The process that all others of this browser belong to. */
async function browserOf(profile: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (args.includes(`--user-data-dir=${profile}`) && !args.includes('--type=')) return Number(pid)
  }
  throw new Error('the browser does not run')
}

test('another member at the same browser neither sees nor saves it; its author does', async ({
  studio,
}) => {
  const page = await studio.window('owner')
  const { app, workspace: owner, connection } = await typedOffline(studio, ' for my eyes', page)
  leaves(page)
  const become = (token: string) =>
    page.context().addCookies([{ name: 'relpin_sign_in', value: token, url: studio.url }])

  await become(studio.people.builder.token)
  connection.mend()
  await page.reload()
  await owner.saved()
  await owner.showsNot('for my eyes')
  expect(await app.text('notes.md')).toBe('start\n')

  await become(studio.people.owner.token)
  await page.reload()
  await owner.shows('start for my eyes')
  await owner.saved()
  expect(await app.text('notes.md')).toBe('start for my eyes\n')
})

test('signing out asks about unsaved text, and leaves none of it in the browser', async ({
  studio,
}) => {
  const { email, password } = studio.people.builder
  const { token } = await studio
    .api()
    .call<{ token: string }>('POST', '/api/sign-in', { email, password })
  const page = await studio.window({ token })
  const { workspace: builder } = await typedOffline(studio, ' unsaved', page)
  const out = async (): Promise<void> => {
    await page.getByRole('button', { name: /^Account of/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
  }
  await out()
  const question = page.getByRole('dialog', { name: 'Sign out with unsaved text?' })
  await expect(question).toContainText('notes.md')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await builder.shows('start unsaved')
  await out()
  await question.getByRole('button', { name: 'Discard it and sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  const kept = await page.evaluate(`new Promise((resolve) => {
    indexedDB.open('relpin-unsaved').onsuccess = ({ target }) => {
      const count = target.result.transaction('rows').objectStore('rows').count()
      count.onsuccess = () => resolve(count.result)
    }
  })`)
  expect(kept).toBe(0)
})

test('leaving for another page asks first; what is left is saved at the next visit', async ({
  studio,
}) => {
  const page = await studio.window('owner')
  const { app, workspace: owner, connection } = await typedOffline(studio, ' and left', page)
  const away = () => page.getByRole('link', { name: 'Proposals' }).first().click()
  await away()
  const question = page.getByRole('dialog', { name: 'Not everything is saved yet' })
  await expect(question).toContainText('notes.md')
  await question.getByRole('button', { name: 'Stay until it is saved' }).click()
  await owner.shows('start and left')
  await away()
  await question.getByRole('button', { name: 'Leave', exact: true }).click()
  await expect(page).toHaveURL(/\/proposals$/)
  expect(await app.text('notes.md')).toBe('start\n')

  connection.mend()
  await owner.enter()
  await expect.poll(() => app.text('notes.md')).toBe('start and left\n')
  await owner.saved()
})

test('a tab that is closed before its text is saved is saved all the same', async ({ studio }) => {
  const { app, page, owner, connection } = await cutOff(studio)
  await owner.type(' and closed', 1)
  await page.keyboard.press('Alt+w')
  await expect(owner.editor.getByRole('tab')).toHaveCount(0)
  await expect(owner.status).toContainText('not saved yet')
  connection.mend()
  await owner.saved()
  expect(await app.text('notes.md')).toBe('start and closed\n')
})

test('text for an app that is deleted meanwhile is offered on the list of apps, until it is dismissed', async ({
  studio,
}) => {
  const page = await studio.window('builder', {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const { app } = await typedOffline(studio, ' and lost', page)
  leaves(page)
  await studio.api('owner').call('DELETE', `/api/apps/${app.slug}`)
  await page.goto('/')
  const lost = page.getByRole('region', { name: 'Text of deleted apps' })
  await expect(lost.getByLabel('Unsaved text of notes.md')).toHaveText(' and lost')
  await lost.getByRole('button', { name: 'Copy text' }).click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(' and lost')
  await lost.getByRole('button', { name: 'Dismiss' }).click()
  await expect(lost).toHaveCount(0)
  await visit(page, '/')
  await expect(page.getByRole('heading', { name: 'Apps' })).toBeVisible()
  await expect(lost).toHaveCount(0)
})
