/** Talking about a change: beside it in the editor and side by side, live for everybody, and kept when it is written on. */
import type { Locator } from '@playwright/test'
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'
import { wordsOfReviewer } from '../support/waiting-words.ts'

const PRICE = 'export const price = 10\n\n// the currency\nexport const currency = "EUR"\n'
const FILES = { 'src/price.ts': PRICE }

const field = (within: Locator): Locator =>
  within.getByRole('textbox', { name: 'Comment on this change' })

test('a Maintainer comments side by side, and the author reads it in the editor without a reload', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const { reviewer, patch } = await wordsOfReviewer(studio, app)
  const page = await studio.window('maintainer')
  await visit(page, `/apps/${app.slug}/proposals/${patch}`)
  const hunk = page.getByRole('group', { name: /^Hunk 1 of 1/ })
  await hunk.getByRole('button', { name: 'Comment' }).click()
  await field(page.locator('body')).fill('Which shop?')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.getByRole('article')).toContainText('Which shop?')
  await expect(hunk.getByRole('button', { name: '1 comment' })).toBeVisible()

  await reviewer.caret(3)
  const badge = reviewer.decision.getByRole('button', { name: '1 comment' })
  await expect(badge).toBeVisible()
  await badge.click()
  const thread = reviewer.editor.getByRole('dialog', { name: 'Comments' })
  await expect(thread).toContainText('Which shop?')
  // The answer reaches the page, too.
  await field(thread).fill('Ours.')
  await reviewer.page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.getByRole('article').filter({ hasText: 'Ours.' })).toBeVisible()
})

test('with the keyboard alone: Alt+C opens the comments, Escape closes them', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await studio.api('reviewer').call('PUT', `/api/apps/${app.slug}/files/src/price.ts`, {
    text: PRICE.replace('price = 10', 'price = 12'),
  })
  await expect(builder.editor.locator('.pending-strike').first()).toBeVisible()
  await builder.page.keyboard.press('F7')
  await builder.page.keyboard.press('Alt+c')
  const thread = builder.editor.getByRole('dialog', { name: 'Comments' })
  await expect(thread).toContainText('Nothing is said about this change yet.')
  await expect(field(thread)).toBeFocused()
  await builder.page.keyboard.type('Why 12?')
  await builder.page.keyboard.press('ControlOrMeta+Enter')
  await expect(thread.getByRole('article')).toContainText('Why 12?')
  await builder.page.keyboard.press('Escape')
  await expect(thread).toHaveCount(0)
  expect(await app.text('src/price.ts')).toBe(PRICE)
})

test('a comment stays when its change is written on, and says that it was about an earlier version', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const { reviewer } = await wordsOfReviewer(studio, app)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await owner.page.keyboard.press('F7')
  await owner.decision.getByRole('button', { name: 'Comment' }).click()
  const thread = owner.editor.getByRole('dialog', { name: 'Comments' })
  await field(thread).fill('Which shop?')
  await owner.page.keyboard.press('ControlOrMeta+Enter')
  await expect(thread.getByRole('article')).toContainText('Which shop?')

  await reviewer.type(', ours', 3)
  await expect(thread).toContainText('This change was written on')
  await expect(thread.getByText('1 comment on an earlier version')).toBeVisible()
  await expect(thread.getByRole('article')).toContainText('on an earlier version')
})

test('comments that cannot be had say so, and can be asked for again', async ({ studio }) => {
  const app = await studio.app(FILES)
  const { reviewer } = await wordsOfReviewer(studio, app)
  await reviewer.caret(3)
  await reviewer.page.route(/\/comments$/, (route) => route.abort())
  await reviewer.decision.getByRole('button', { name: 'Comment' }).click()
  const thread = reviewer.editor.getByRole('dialog', { name: 'Comments' })
  await expect(thread.getByText('No answer')).toBeVisible()
  await reviewer.page.unroute(/\/comments$/)
  await thread.getByRole('button', { name: 'Try again' }).click()
  await expect(thread).toContainText('Nothing is said about this change yet.')
})
