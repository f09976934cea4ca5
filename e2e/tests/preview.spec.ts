/** The preview: the app as it runs, at a host of its own, live while its text changes. */
import { expect, test } from '../support/studio-test.ts'

test('the starter runs beside its text, and an edit arrives in it', async ({ studio }) => {
  test.setTimeout(240_000)
  const app = await studio.app('starter')
  const workspace = await studio.workspace('builder', app, 'src/main.ts')
  const { page } = workspace
  await page.getByRole('button', { name: 'Preview', exact: true }).click()
  const pane = page.getByRole('region', { name: 'Preview' })
  const frame = pane.locator('iframe')
  const stopped = pane.getByRole('heading', { name: /No place|does not run|has ended/ })
  await expect(frame.or(stopped)).toBeVisible({ timeout: 200_000 })
  const why = (await stopped.isVisible()) ? await pane.innerText() : ''
  test.skip(
    /No place|ENOTFOUND|EAI_AGAIN|cannot be reached/.test(why),
    `No sandbox with limits, or no registry: ${why}`,
  )
  expect(why).toBe('')

  const shown = pane.frameLocator('iframe')
  await expect(shown.getByRole('heading', { name: 'Room for the whole team' })).toBeVisible({
    timeout: 30_000,
  })
  await workspace.caret()
  await page.keyboard.insertText("\n;document.body.append('An edit arrives')")
  await expect(shown.getByText('An edit arrives')).toBeVisible({ timeout: 30_000 })

  // What runs there is of another origin, and has nothing of the studio's.
  const src = (await frame.getAttribute('src')) ?? ''
  expect(new URL(src).host).toMatch(/^[0-9a-f]{32}\.localhost/)
  const inside = page.frames().find((one) => one.url().startsWith(src))
  const reached = await inside?.evaluate(async (studioUrl) => {
    const { document } = globalThis as unknown as { document: { cookie: string } }
    document.cookie = 'relpin_sign_in=forged; Domain=localhost; Path=/'
    const api = await fetch(`${studioUrl}/api/me`, { credentials: 'include' }).then(
      (answer) => answer.type,
      () => 'refused',
    )
    return { cookies: document.cookie, api }
  }, studio.url)
  expect(reached).toEqual({ cookies: '', api: 'refused' })
  const own = await page.context().cookies(studio.url)
  expect(own.filter(({ value }) => value === 'forged')).toEqual([])
})
