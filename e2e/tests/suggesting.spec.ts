/** Suggesting, as in a word processor: what one types is seen by all as pending, and main keeps its text until somebody decides. */
import { expect, test, type StudioFixture } from '../support/studio-test.ts'

const PRICE = 'export const price = 10\n\n// the currency\nexport const currency = "EUR"\n'
const FILES = { 'src/price.ts': PRICE, 'src/tax.ts': 'export const tax = 0.2\n' }

/** A Builder who has switched Suggesting on in an app of their own. */
async function suggestingBuilder(studio: StudioFixture) {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await builder.mode('Suggesting').click()
  return { app, builder }
}

test('a Builder switches Suggesting on: what they type is pending for everybody, and stays so when they switch it off', async ({
  studio,
}) => {
  const { app, builder } = await suggestingBuilder(studio)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await builder.type(' of the shop', 3)
  await expect(builder.editor.locator('.pending-typed')).toContainText('of the shop')
  await expect(owner.editor.locator('.pending-insert')).toContainText('of the shop')
  await builder.saved()
  expect(await app.text('src/price.ts')).toBe(PRICE)

  await builder.mode('Editing').click()
  await expect(builder.editor.locator('.pending-insert')).toContainText('of the shop')
  await builder.type(' // net', 1)
  await owner.shows('price = 10 // net')
  await builder.saved()
  expect(await app.text('src/price.ts')).toBe(PRICE.replace('= 10', '= 10 // net'))
  await expect(owner.editor.locator('.pending-insert')).toContainText('of the shop')
})

test('switching with the keyboard in the middle of a sentence loses no key, and the caret stays', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  const { page } = builder
  await builder.caret(3)
  await page.keyboard.type(' one')
  await page.keyboard.press('ControlOrMeta+Shift+e')
  await page.keyboard.type(' two')
  await builder.shows('// the currency one two')
  await page.keyboard.press('ControlOrMeta+Shift+e')
  await expect(builder.mode('Editing')).toBeChecked()
  await builder.saved()
  // Back in main: the suggestion is beside the text, the caret where it was.
  await expect(builder.editor.locator('.pending-insert')).toContainText('two')
  await page.keyboard.type(' three')
  await builder.saved()
  await expect.poll(() => app.text('src/price.ts')).toContain('// the currency one three\n')
  expect(await app.text('src/price.ts')).not.toContain('two')
})

test('the switch is remembered for the app, and others are not touched by it', async ({
  studio,
}) => {
  const { app, builder } = await suggestingBuilder(studio)
  await builder.page.reload()
  await expect(builder.mode('Suggesting')).toBeChecked()
  await builder.open('src/tax.ts')
  await builder.type(' // per cent', 1)
  await expect(builder.editor.locator('.pending-typed').first()).toBeVisible()
  await builder.saved()
  expect(await app.text('src/tax.ts')).toBe(FILES['src/tax.ts'])
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await expect(owner.mode('Editing')).toBeChecked()
})

test('who may only propose is shown so, and why', async ({ studio }) => {
  const app = await studio.app(FILES)
  const reviewer = await studio.workspace('reviewer', app, 'src/price.ts')
  const sign = reviewer.editor.getByRole('button', { name: /^Suggesting\./ })
  await expect(sign).toBeVisible()
  await sign.hover()
  await expect(reviewer.page.getByText('Role Reviewer queues edits').last()).toBeVisible()
  await expect(reviewer.editor.getByRole('radio')).toHaveCount(0)
  const viewer = await studio.workspace('viewer', app, 'src/price.ts')
  await expect(viewer.editor.getByRole('button', { name: /^Reading only\./ })).toBeVisible()
})

test('a suggestion is submitted from the editor, and its author may accept it', async ({
  studio,
}) => {
  const { app, builder } = await suggestingBuilder(studio)
  await builder.type(' of the shop', 3)
  const own = builder.editor.getByRole('group', { name: 'Your suggestions' })
  await expect(own).toContainText('1 change in 1 file')
  await own.getByRole('button', { name: 'Submit for review' }).click()
  await expect
    .poll(async () => (await app.patches('open')).map(({ state }) => state))
    .toEqual(['pending'])
  await builder.editor.locator('.pending-typed').first().hover()
  await builder.decision.getByRole('button', { name: 'Accept' }).click()
  await expect.poll(() => app.text('src/price.ts')).toContain('// the currency of the shop')
  await builder.shows('// the currency of the shop')
})

test('a suggestion is withdrawn from the editor, and its text goes for everybody', async ({
  studio,
}) => {
  const { app, builder } = await suggestingBuilder(studio)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await builder.type(' of the shop', 3)
  await expect(owner.editor.locator('.pending-insert')).toBeVisible()
  await builder.editor
    .getByRole('group', { name: 'Your suggestions' })
    .getByRole('button', { name: 'Withdraw' })
    .click()
  await builder.page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
  await builder.showsNot('of the shop')
  await expect(owner.editor.locator('.pending-insert')).toHaveCount(0)
  expect(await app.patches('open')).toEqual([])
})

test('while suggesting, a file is created, renamed and deleted as a suggestion too', async ({
  studio,
}) => {
  const { app, builder } = await suggestingBuilder(studio)
  await builder.row('src/tax.ts').click()
  await builder.page.keyboard.press('Delete')
  await builder.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(builder.row('src/tax.ts')).toContainText('delete, pending')
  expect(await app.paths()).toEqual(['src/price.ts', 'src/tax.ts'])
})

test('others see the caret of somebody who suggests at its place in main', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await builder.mode('Suggesting').click()
  await builder.caret(1)
  await builder.page.keyboard.type('\nconst first = 1\nconst second = 2')
  await builder.caret(6)
  await builder.page.keyboard.press('End')
  const caret = owner.editor.locator('.peer-caret')
  await expect(caret).toHaveCount(1)
  // Line 6 of the suggestion is line 4 of main, behind the two lines that are only proposed.
  const line = owner.editor.locator('.view-line').filter({ hasText: 'export const currency' })
  await expect
    .poll(async () => {
      const [a, b] = [await caret.boundingBox(), await line.boundingBox()]
      return a && b ? Math.abs(a.y - b.y) : null
    })
    .toBeLessThan(4)
})
