/** Two people in one file: text and cursors at once, undo of one's own only, and Saved that means saved. */
import { expect, test } from '../support/studio-test.ts'
import { breakableConnection } from '../support/breakable-connection.ts'
import { firstName } from '../support/running-studio.ts'
import { Workspace } from '../support/workspace.ts'

const NOTES = '// first\n// second\n// third\n'

test('two people see each other type, and whose cursor is where', async ({ studio }) => {
  const app = await studio.app({ 'src/notes.ts': NOTES })
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  const builder = await studio.workspace('builder', app, 'src/notes.ts')

  await owner.type(' from the owner', 1)
  await builder.shows('// first from the owner')
  await builder.type(' from the builder', 3)
  await owner.shows('// third from the builder')

  const names = { owner: studio.people.owner.name, builder: studio.people.builder.name }
  const flag = (name: string) => ({ hasText: firstName(name) })
  await builder.page.keyboard.type('.')
  await expect(owner.editor.locator('.peer-caret.named span', flag(names.builder))).toBeVisible()
  await owner.page.keyboard.type('.')
  await expect(builder.editor.locator('.peer-caret.named span', flag(names.owner))).toBeVisible()
  await expect(
    owner.page.getByRole('button', { name: `${names.builder} is in src/notes.ts` }),
  ).toBeVisible()
  await expect(owner.row('src/notes.ts').getByRole('img', { name: names.builder })).toBeVisible()

  await owner.saved()
  await builder.saved()
  expect(await app.text('src/notes.ts')).toBe(
    '// first from the owner.\n// second\n// third from the builder.\n',
  )
})

test('a cursor leaves with its person', async ({ studio }) => {
  const app = await studio.app({ 'notes.md': 'one\n' })
  const owner = await studio.workspace('owner', app, 'notes.md')
  const builder = await studio.workspace('builder', app, 'notes.md')
  await builder.caret(1)
  const theirs = owner.editor.locator('.peer-caret')
  await expect(theirs).toHaveCount(1)
  await builder.page.close()
  await expect(theirs).toHaveCount(0)
})

test('Ctrl-Z takes back what one typed oneself and leaves the other’s text', async ({ studio }) => {
  const app = await studio.app({ 'src/notes.ts': NOTES })
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  await owner.write(' mine', 1)
  await builder.shows('// first mine')
  await builder.write(' theirs', 2)
  await owner.shows('// second theirs')

  await owner.undo()
  await builder.showsNot('mine')
  await owner.shows('// second theirs')
  await owner.page.keyboard.press('ControlOrMeta+Shift+z')
  await builder.shows('// first mine')
  await owner.saved()
  expect(await app.text('src/notes.ts')).toBe('// first mine\n// second theirs\n// third\n')
})

test('Ctrl-Z does not take back what an agent did in between', async ({ studio }) => {
  const app = await studio.app({ 'src/notes.ts': NOTES })
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  await owner.write(' mine', 1)
  await owner.saved()
  await owner.ask('Replace "second" with "second, said the agent" in src/notes.ts')
  await owner.shows('// second, said the agent')

  await owner.caret(1)
  await owner.undo()
  await owner.showsNot('mine')
  await owner.undo()
  await owner.saved()
  expect(await app.text('src/notes.ts')).toBe('// first\n// second, said the agent\n// third\n')
})

test('Ctrl-Z takes back one’s own words after a proposal was approved within them, and nothing of it', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'first\nsecond\nthird\n' })
  const builder = await studio.workspace('builder', app, 'notes.md')
  const maintainer = await studio.workspace('maintainer', app, 'notes.md')
  await builder.write(' mine', 2)
  await builder.saved()
  await studio.api('reviewer').call('PUT', `/api/apps/${app.slug}/files/notes.md`, {
    text: 'first\nsecond mi(theirs)ne\nthird\n',
  })
  const [patch] = await app.patches('open')
  const approve = `/api/patches/${patch?.id ?? ''}/approve?app=${app.slug}`
  await studio.api('maintainer').call('POST', approve, {})
  await builder.shows('second mi(theirs)ne')

  await builder.write(' later', 3)
  await builder.saved()
  await builder.undo()
  await builder.showsNot('later')
  await builder.undo()
  await builder.shows('second(theirs)')
  // There is nothing more of one's own.
  await builder.undo()
  await builder.saved()
  await expect.poll(() => app.text('notes.md')).toBe('first\nsecond(theirs)\nthird\n')
  await builder.page.keyboard.press('ControlOrMeta+Shift+z')
  await maintainer.shows('second mi(theirs)ne')
})

test('what is Saved is there after a reload in the middle of typing', async ({ studio }) => {
  const app = await studio.app({ 'notes.md': 'start\n' })
  const owner = await studio.workspace('owner', app, 'notes.md')
  await owner.type(' kept', 1)
  await owner.saved()
  // The reload comes while keys are still on their way.
  owner.page.on('dialog', (dialog) => void dialog.accept())
  const typing = owner.page.keyboard.type(' and perhaps this', { delay: 5 })
  await owner.shows('start kept and')
  await owner.page.reload()
  await typing.catch(() => undefined)
  await owner.shows('start kept')
  await owner.saved()
  expect(await app.text('notes.md')).toMatch(/^start kept/)
})

test('the status line says when work is not saved, and saves it when the connection is back', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'start\n' })
  const page = await studio.window('owner')
  const connection = await breakableConnection(page)
  const owner = new Workspace(page, app)
  await owner.enter('notes.md')
  const builder = await studio.workspace('builder', app, 'notes.md')
  await connection.cut()
  await expect(owner.status).toContainText('Offline')
  await owner.type(' written offline', 1)
  await expect(owner.status).toContainText('Offline, not saved yet')
  expect(await app.text('notes.md')).toBe('start\n')
  connection.mend()
  await builder.shows('written offline')
  await owner.saved()
  expect(await app.text('notes.md')).toBe('start written offline\n')
})

test('people find a file by name and switch between tabs', async ({ studio }) => {
  const app = await studio.app({ 'src/lib/deep.ts': '// deep\n', 'notes.md': '# notes\n' })
  const owner = await studio.workspace('owner', app, 'notes.md')
  await owner.page.keyboard.press('ControlOrMeta+p')
  await owner.page.keyboard.type('deep')
  await owner.page.keyboard.press('Enter')
  await expect(owner.editor.getByRole('tab', { name: 'deep.ts', selected: true })).toBeVisible()
  await owner.shows('// deep')
  await owner.editor.getByRole('tab', { name: 'notes.md' }).click()
  await owner.shows('# notes')
})

test('lines that come from elsewhere with CR end with LF alone, for everybody', async ({
  studio,
}) => {
  const app = await studio.app({ 'windows.md': 'start\n' })
  const permissions = ['clipboard-read', 'clipboard-write']
  const workspace = await studio.workspace('builder', app, 'windows.md', { permissions })
  const other = await studio.workspace('owner', app, 'windows.md')
  await workspace.caret()
  await workspace.page.evaluate(`navigator.clipboard.writeText('pasted\\r\\nlines\\r\\n')`)
  await workspace.page.keyboard.press('ControlOrMeta+v')
  await workspace.shows('lines')
  await workspace.page.keyboard.insertText('typed\r\nlines\r')
  await workspace.saved()
  await other.shows('typed')
  const text = await app.text('windows.md')
  expect(text.replaceAll('\r', '<CR>')).toMatch(/pasted\nlines\ntyped\nlines\n/)
  // Where the other one types, it comes.
  await other.caret()
  await other.page.keyboard.type('end')
  await other.saved()
  await expect.poll(() => app.text('windows.md')).toBe(`${text}end`)
})
