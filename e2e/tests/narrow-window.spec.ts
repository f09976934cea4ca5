/** The workspace in a window that has no room for three columns: OpenCode is behind a button, and nothing is cut off. */
import { expect, test } from '../support/studio-test.ts'

test('in a narrow window OpenCode is a drawer: it opens, keeps what was typed, and closes by keyboard', async ({
  studio,
}) => {
  const app = await studio.app({ 'notes.md': 'one\n' })
  const viewport = { width: 1000, height: 800 }
  const workspace = await studio.workspace('builder', app, 'notes.md', { viewport })
  const { page, panel } = workspace
  const prompt = panel.getByRole('textbox', { name: 'Prompt for OpenCode' })
  await expect(prompt).toBeHidden()

  await page.getByRole('button', { name: 'Open OpenCode' }).click()
  await expect(prompt).toBeFocused()
  await page.keyboard.type('what is in notes.md')
  const box = await panel.boundingBox()
  expect(box?.width).toBeGreaterThan(300)
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(viewport.width)

  await page.keyboard.press('Escape')
  await expect(prompt).toBeHidden()
  await page.keyboard.press('Alt+o')
  await expect(prompt).toBeFocused()
  await expect(prompt).toHaveValue('what is in notes.md')

  // With room for it, it is a column again.
  await page.setViewportSize({ width: 1440, height: 800 })
  await expect(page.getByRole('button', { name: 'Close OpenCode' })).toHaveCount(0)
  await expect(prompt).toHaveValue('what is in notes.md')
})
