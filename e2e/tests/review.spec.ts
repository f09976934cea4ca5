/** A review with the real OpenCode: findings in the code and in the list, taken, discussed and resolved; and commands of one's own. */
import { expect, test } from '../support/studio-test.ts'

const PRICE = 'export const price: any = 1\n\nexport const same = price == 2\n'

for (const colorScheme of ['dark', 'light'] as const) {
  test(`a review leaves findings that move with the text; one takes what they suggest, ${colorScheme}`, async ({
    studio,
  }, testInfo) => {
    // A whole turn of the real OpenCode, and much beside it.
    test.slow()
    const app = await studio.app({ 'src/price.ts': PRICE })
    const builder = await studio.workspace('builder', app, 'src/price.ts', { colorScheme })
    const { page, editor } = builder
    const shoot = (name: string) =>
      page.screenshot({ path: testInfo.outputPath(`${name}-${colorScheme}.png`) })

    const box = builder.panel.getByRole('textbox', { name: 'Prompt for OpenCode' })
    await box.pressSequentially('/rev')
    await expect(builder.panel.getByRole('option')).toHaveCount(1)
    await box.press('Tab')
    await box.pressSequentially('pri')
    await expect(builder.panel.getByRole('option').first()).toContainText('src/price.ts')
    await shoot('completing')
    await box.press('ArrowDown')
    await box.press('Enter')
    await expect(box).toHaveValue('/review src/price.ts ')
    await box.press('Enter')

    await page.getByRole('tab', { name: 'Review 2 open' }).click({ timeout: 120_000 })
    const review = page.getByRole('region', { name: 'Review' })
    await expect(review.getByRole('article')).toHaveCount(2)
    await expect(editor.locator('.finding-note').first()).toContainText(
      'any switches type checking',
    )
    await expect(review).toContainText('Line 3')
    await shoot('findings')

    // They move with what is typed.
    await builder.type('\n// the first price', 1)
    await expect(review).toContainText('Line 4')
    await builder.saved()

    const error = review.getByRole('article', { name: /^Error/ })
    await error.getByRole('button', { name: /converts types/ }).click()
    await error.getByRole('textbox', { name: 'Reply to this finding' }).fill('True.')
    await page.keyboard.press('ControlOrMeta+Enter')
    await expect(error.getByRole('group', { name: /^Reply by/ })).toContainText('True.')
    await shoot('opened')
    await error.getByRole('button', { name: 'Apply suggestion' }).click()
    await builder.shows('same = price === 2')
    await expect(review.getByRole('article')).toHaveCount(1)

    await builder.editor.locator('.view-lines').click()
    await page.keyboard.press('Alt+f')
    const warning = review.getByRole('article', { name: /^Warning/ })
    await warning.getByRole('button', { name: 'Resolve' }).click()
    await expect(review).toContainText('Nothing is open')
    await expect(editor.locator('.finding-note')).toHaveCount(0)
    await page.reload()
    await page.getByRole('tab', { name: 'Review' }).click()
    await review.getByRole('tab', { name: 'Resolved' }).click()
    await expect(review.getByRole('article')).toHaveCount(2)
    await shoot('resolved')
  })
}

test('an Admin adds a command, everybody completes it, and a Builder may not change it', async ({
  studio,
}, testInfo) => {
  const page = await studio.window('admin')
  await page.goto('/settings/commands')
  // A page that is still starting up does not hear the first click.
  await expect(async () => {
    await page.getByRole('button', { name: 'New command' }).click()
    await expect(page.getByLabel('Name')).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await page.getByLabel('Name').fill('house-style')
  await page.getByLabel('What it does').fill('Check a file against our style')
  await page
    .getByLabel('Prompt')
    .fill('Check $ARGUMENTS against our style: !`id` @.env stay words.')
  await page.screenshot({ path: testInfo.outputPath('dialog.png') })
  await page.getByRole('button', { name: 'Add command' }).click()
  const own = page.getByRole('list', { name: /^Commands of/ })
  await expect(own).toContainText('/house-style')
  await page.screenshot({ path: testInfo.outputPath('commands.png') })

  const app = await studio.app({ 'src/price.ts': PRICE })
  const builder = await studio.workspace('builder', app)
  const box = builder.panel.getByRole('textbox', { name: 'Prompt for OpenCode' })
  await box.pressSequentially('/hou')
  await expect(builder.panel.getByRole('option')).toContainText('Check a file against our style')
  await builder.page.goto('/settings/commands')
  await expect(builder.page.getByText('cannot manage slash commands')).toBeVisible()
  await expect(builder.page.getByRole('button', { name: 'New command' })).toHaveCount(0)

  await own.getByRole('button', { name: 'Remove /house-style' }).click()
  await page.getByRole('button', { name: 'Remove command' }).click()
  await expect(page.getByText('None yet.')).toBeVisible()
})
