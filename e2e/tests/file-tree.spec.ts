/** The file tree, by mouse and by keyboard; everybody sees it change. */
import { expect, test } from '../support/studio-test.ts'

const FILES = { 'src/one.ts': '// one\n', 'src/two.ts': '// two\n', 'notes.md': '# notes\n' }

test('files are created, renamed and deleted with the mouse', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  const builder = await studio.workspace('builder', app)

  await owner.files.getByRole('button', { name: 'New file or folder' }).click()
  await owner.page.getByRole('textbox', { name: 'Path of the new file' }).fill('docs/guide.md')
  await owner.page.keyboard.press('Enter')
  await expect(owner.row('docs/guide.md')).toBeVisible()
  await expect(builder.row('docs')).toBeVisible()

  await owner.row('src/one.ts').click({ button: 'right' })
  await owner.page.getByRole('menuitem', { name: /Rename or move/ }).click()
  await owner.page.getByRole('textbox', { name: 'New name or path' }).fill('uno.ts')
  await owner.page.keyboard.press('Enter')
  await expect(builder.row('src/uno.ts')).toBeVisible()
  await expect(builder.row('src/one.ts')).toHaveCount(0)

  await owner.row('src/two.ts').click({ button: 'right' })
  await owner.page.getByRole('menuitem', { name: /Delete/ }).click()
  await expect(owner.page.getByRole('dialog')).toContainText('Delete src/two.ts?')
  await owner.page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(builder.row('src/two.ts')).toHaveCount(0)
  expect(await app.paths()).toEqual(['docs/guide.md', 'notes.md', 'src/uno.ts'])
  expect(await app.text('src/uno.ts')).toBe('// one\n')
})

test('the same with the keyboard alone', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'notes.md')
  const { keyboard } = owner.page

  await owner.row('src').click()
  await owner.row('src').click()
  await keyboard.press('ArrowDown')
  await keyboard.press('F2')
  await expect(owner.page.getByRole('textbox', { name: 'New name or path' })).toHaveValue('one.ts')
  await keyboard.type('uno')
  await keyboard.press('Enter')
  await expect(owner.row('src/uno.ts')).toBeVisible()

  // The keys go on in the tree, where one was.
  await keyboard.press('Delete')
  await expect(owner.page.getByRole('dialog')).toContainText('Delete src/uno.ts?')
  await keyboard.press('Enter')
  await expect(owner.row('src/uno.ts')).toHaveCount(0)
  expect(await app.paths()).toEqual(['notes.md', 'src/two.ts'])
})

test('a file moves by drag and drop, and whoever has it open goes on typing in it', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  const builder = await studio.workspace('builder', app, 'notes.md')
  await owner.row('notes.md').dragTo(owner.row('src'))
  await expect(owner.row('src/notes.md')).toBeVisible()
  await builder.type(' go on', 1)
  await builder.saved()
  await expect.poll(() => app.paths()).toEqual(['src/notes.md', 'src/one.ts', 'src/two.ts'])
  expect(await app.text('src/notes.md')).toBe('# notes go on\n')
})

test('a secret file’s name is refused where it is typed', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  await owner.files.getByRole('button', { name: 'New file or folder' }).click()
  const field = owner.page.getByRole('textbox', { name: 'Path of the new file' })
  await field.fill('.env')
  await owner.page.keyboard.press('Enter')
  await expect(owner.page.getByText(/Secret files are never/).first()).toBeVisible()
  expect(await app.paths()).toEqual(['notes.md', 'src/one.ts', 'src/two.ts'])
})
