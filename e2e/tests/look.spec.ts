/** Dark and light: every page renders in both, without a complaint of the browser. */
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'

const PAGES = ['', '/proposals', '/releases', '/activity']

for (const colorScheme of ['dark', 'light'] as const) {
  test(`all pages render ${colorScheme}`, async ({ studio }, testInfo) => {
    const app = await studio.app({ 'src/price.ts': 'export const price = 10\n' })
    const owner = await studio.workspace('owner', app, 'src/price.ts', { colorScheme })
    const { page } = owner
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    const brightness = () =>
      page.evaluate(() => {
        const it = globalThis as unknown as {
          document: { documentElement: object }
          getComputedStyle: (of: object) => { backgroundColor: string }
        }
        return it.getComputedStyle(it.document.documentElement).backgroundColor
      })
    const shots: number[] = []
    const { items } = await studio
      .api('owner')
      .call<{ items: { fileId: string }[] }>('GET', `/api/apps/${app.slug}/files`)
    for (const path of [...PAGES, `/history/${items[0]?.fileId}`]) {
      await visit(page, `/apps/${app.slug}${path}`)
      await expect(page.getByRole('navigation', { name: app.name })).toBeVisible()
      if (path === '') await expect(owner.files.getByRole('treeitem').first()).toBeVisible()
      shots.push(
        (await page.screenshot({ path: testInfo.outputPath(`page${shots.length}.png`) })).length,
      )
    }
    for (const path of [
      '/',
      '/settings/members',
      '/settings/roles',
      '/settings/providers',
      '/settings/commands',
      '/activity',
    ]) {
      await visit(page, path)
      await expect(page.getByRole('heading').first()).toBeVisible()
    }
    const lightness = await page.evaluate(
      (css: string) => {
        const { document } = globalThis as unknown as {
          document: { createElement: (name: string) => unknown }
        }
        const canvas = document.createElement('canvas') as {
          getContext: (kind: string) => {
            fillStyle: string
            fillRect: (...at: number[]) => void
            getImageData: (...at: number[]) => { data: Uint8ClampedArray }
          }
        }
        const context = canvas.getContext('2d')
        context.fillStyle = css
        context.fillRect(0, 0, 1, 1)
        return context.getImageData(0, 0, 1, 1).data[0] ?? 0
      },
      await brightness(),
    )
    if (colorScheme === 'dark') expect(lightness).toBeLessThan(80)
    else expect(lightness).toBeGreaterThan(200)
    expect(shots.every((bytes) => bytes > 5_000)).toBe(true)
    expect(complaints).toEqual([])
  })
}

test('the theme button goes round, is remembered, and takes the editor along', async ({
  studio,
}) => {
  const app = await studio.app({ 'src/price.ts': 'export const price = 10\n' })
  const viewer = await studio.workspace('viewer', app, 'src/price.ts', { colorScheme: 'dark' })
  const { page } = viewer
  const button = page.getByRole('button', { name: /^Theme:/ })
  const ground = viewer.editor.locator('.monaco-editor-background').first()
  await expect(ground).toHaveCSS('background-color', 'rgb(14, 15, 17)')
  await expect(button).toHaveAccessibleName(/^Theme: as the system/)
  await button.click()
  await expect(button).toHaveAccessibleName(/^Theme: light/)
  await expect(ground).not.toHaveCSS('background-color', 'rgb(14, 15, 17)')
  await page.reload()
  await expect(button).toHaveAccessibleName(/^Theme: light/)
  await expect(ground).not.toHaveCSS('background-color', 'rgb(14, 15, 17)')
})
