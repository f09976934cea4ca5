/** What the server refuses is said with its rule and shown to be copied; the editor goes on from what is saved. */
import { randomBytes } from 'node:crypto'
import { breakableConnection } from '../support/breakable-connection.ts'
import { expect, test, type StudioFixture } from '../support/studio-test.ts'
import { Workspace } from '../support/workspace.ts'

/** Somebody whose role a test may change. */
async function guest(studio: StudioFixture): Promise<{ id: string; token: string }> {
  const { url } = await studio
    .api('owner')
    .call<{ url: string }>('POST', '/api/invitations', { role: 'builder' })
  const name = `Guest ${randomBytes(3).toString('hex')}`
  const { token, me } = await studio
    .api()
    .call<{ token: string; me: { member: { id: string } } }>(
      'POST',
      `/api/invitations/${url.split('/').at(-1)}`,
      {
        name,
        email: `${name.replace(' ', '.').toLowerCase()}@guests.example`,
        password: 'a long enough password',
      },
    )
  return { id: me.member.id, token }
}

const refusals = (workspace: Workspace) =>
  workspace.page.getByRole('region', { name: 'Refused edits' })

test('who becomes a Viewer while typing is told the rule, and can copy what was not saved', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'one\n' })
  const { id, token } = await guest(studio)
  const page = await studio.window(
    { token },
    { permissions: ['clipboard-read', 'clipboard-write'] },
  )
  const connection = await breakableConnection(page)
  const workspace = new Workspace(page, app)
  await workspace.enter('notes.md')
  await workspace.type(' two', 1)
  await workspace.saved()

  await connection.cut()
  await expect(workspace.status).toContainText('Offline')
  await workspace.caret(1)
  await page.keyboard.insertText('\nthree\nfour')
  await studio.api('owner').call('PATCH', `/api/members/${id}`, { role: 'viewer' })
  connection.mend()

  const bar = refusals(workspace)
  await expect(bar).toContainText('Role Viewer reads and does not write')
  await expect(bar).toContainText('authoring:exec')
  await expect(workspace.status).toContainText('Denied')
  await expect(workspace.status).toContainText('Read only')
  // The editor shows what is saved, without a reload.
  await expect.poll(() => workspace.shown()).toBe('one two\n')
  await bar.getByRole('button', { name: 'Copy text' }).click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('\nthree\nfour')

  // Not copied yet and the page is closed: it is there again.
  await page.reload()
  await expect(bar).toContainText('three')
  await bar.getByRole('button', { name: 'Dismiss' }).press('Enter')
  await expect(bar).toHaveCount(0)
  await page.reload()
  await workspace.saved()
  await expect(bar).toHaveCount(0)
  expect(await app.text('notes.md')).toBe('one two\n')
})

test('a file that is deleted meanwhile gives back what was not saved, whatever tab is in front', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'one\n', 'other.md': 'other\n' })
  const page = await studio.window('builder')
  const connection = await breakableConnection(page)
  const workspace = new Workspace(page, app)
  await workspace.enter('other.md')
  await workspace.open('notes.md')
  await connection.cut()
  await expect(workspace.status).toContainText('Offline')
  await workspace.type(' and two', 1)
  await studio.api('owner').call('DELETE', `/api/apps/${app.slug}/files/notes.md`)
  connection.mend()

  const bar = refusals(workspace)
  await expect(bar).toContainText('notes.md')
  await expect(bar).toContainText('This file was deleted meanwhile')
  await expect(bar.getByLabel('Refused text of notes.md')).toHaveText(' and two')
  // The tab is gone; the words stay, also while one works elsewhere.
  await expect(workspace.editor.getByRole('tab')).toHaveCount(1)
  await workspace.type(' goes on', 1)
  await expect.poll(() => app.text('other.md')).toBe('other goes on\n')
  await expect(bar).toBeVisible()
})

test('in an app that is archived meanwhile nothing is saved, and it says so', async ({
  studio,
}) => {
  const app = await studio.app({ 'a.md': 'one\n', 'b.md': 'two\n' })
  const workspace = await studio.workspace('builder', app, 'a.md')
  await studio.api('owner').call('PATCH', `/api/apps/${app.slug}`, { archived: true })
  await workspace.type(' more', 1)
  const bar = refusals(workspace)
  await expect(bar).toContainText('This app is archived')
  await workspace.open('b.md').catch(() => undefined)
  await workspace.type(' less', 1)
  // One entry for each file, with all of its text.
  await expect(bar.getByRole('listitem')).toHaveCount(2)
  await expect(bar.getByLabel('Refused text of a.md')).toHaveText(' more')
  await expect(bar.getByLabel('Refused text of b.md')).toHaveText(' less')
  await expect(bar).toContainText('2 edits were refused')
  await expect.poll(() => workspace.shown()).toBe('two\n')
  await bar.getByRole('button', { name: 'Dismiss all' }).click()
  await expect(bar).toHaveCount(0)
  expect(await app.text('a.md')).toBe('one\n')
  expect(await app.text('b.md')).toBe('two\n')
})

test('text typed while the file becomes one that needs approval is not refused, it waits', async ({
  studio,
}) => {
  const app = await studio.app({ 'guide.md': 'one\n' })
  const page = await studio.window('builder')
  const connection = await breakableConnection(page)
  const workspace = new Workspace(page, app)
  await workspace.enter('guide.md')
  await connection.cut()
  await expect(workspace.status).toContainText('Offline')
  await workspace.type(' and two', 1)
  const renamed = await studio
    .api('owner')
    .ask('PATCH', `/api/apps/${app.slug}/files/guide.md`, { to: 'AGENTS.md' })
  expect(renamed.status).toBe(200)
  connection.mend()
  await expect(workspace.status).toContainText('Your edits wait for approval')
  await workspace.saved()
  await workspace.shows('one and two')
  await expect(refusals(workspace)).toHaveCount(0)
  expect(await app.text('AGENTS.md')).toBe('one\n')
  await expect.poll(async () => (await app.patches()).map(({ files }) => files)).toHaveLength(1)
})

test('a paste of a megabyte is saved whole, and undone as one', async ({ studio }) => {
  test.setTimeout(180_000)
  const app = await studio.app({ 'large.txt': 'start\n' })
  const permissions = ['clipboard-read', 'clipboard-write']
  const workspace = await studio.workspace('builder', app, 'large.txt', { permissions })
  const owner = await studio.workspace('owner', app, 'large.txt')
  const paste = 'fifty characters of text that are pasted at once.\n'.repeat(20_000)
  await workspace.caret()
  await workspace.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(paste)})`)
  await workspace.page.keyboard.press('ControlOrMeta+v')
  await workspace.shows('pasted at once')
  await workspace.saved()
  await expect.poll(async () => (await app.text('large.txt')).length).toBe(6 + paste.length)
  await expect(refusals(workspace)).toHaveCount(0)
  await workspace.undo()
  await workspace.saved()
  expect(await app.text('large.txt')).toBe('start\n')
  await owner.shows('start')
})
