/** The Activity page: what happens elsewhere arrives by itself, with who, what, and by which rule. */
import { expect, test } from '../support/studio-test.ts'
import { visit } from '../support/visit.ts'

const FILES = { 'src/price.ts': 'export const price = 10\n' }

test('edits, refusals, approvals and releases arrive live in a second window', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const page = await studio.window('viewer')
  await visit(page, `/apps/${app.slug}/activity`)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const event = (...words: string[]) =>
    words.reduce((rows, hasText) => rows.filter({ hasText }), page.locator('tr.event'))
  const { builder, reviewer, viewer, maintainer } = studio.people
  const base = `/api/apps/${app.slug}`

  const workspace = await studio.workspace('builder', app, 'src/price.ts')
  await workspace.type('// typed', undefined)
  await expect(event(builder.name, 'file.write', 'src/price.ts', 'allowed')).toBeVisible()

  await studio.api('viewer').ask('PUT', `${base}/files/src/price.ts`, { text: 'x' })
  await expect(event(viewer.name, 'src/price.ts', 'denied')).toBeVisible()

  const { json } = await studio
    .api('reviewer')
    .ask('PUT', `${base}/files/src/price.ts`, { text: 'export const price = 12\n' })
  const patch = String(json['patch'])
  await expect(event(reviewer.name, 'file.queue', 'pending')).toBeVisible()

  await studio.api('maintainer').call('POST', `/api/patches/${patch}/approve?app=${app.slug}`)
  await expect(event(maintainer.name, `patch:${patch}`, 'allowed').first()).toBeVisible()

  await studio.api('maintainer').call('POST', `${base}/releases`, { title: 'First' })
  await expect(event(maintainer.name, 'release.pin')).toBeVisible()

  // The newest stands first, and the filters hold for what arrives later.
  const rows = await page.locator('tr.event').allTextContents()
  const at = (words: string): number => rows.findIndex((row) => row.includes(words))
  expect(at('release.pin')).toBeLessThan(at('patch.approve'))
  expect(at('patch.approve')).toBeLessThan(at('file.queue'))
  await page.getByRole('tab', { name: 'Denied' }).click()
  await expect(page.locator('tr.event')).toHaveCount(1)
  await studio.api('viewer').ask('DELETE', `${base}/files/src/price.ts`)
  await expect(page.locator('tr.event')).toHaveCount(2)
})

test('an agent’s session, reads and writes are recorded on behalf of its human', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app)
  await builder.ask('Replace "10" with "11" in src/price.ts')
  const page = await studio.window('owner')
  await visit(page, `/apps/${app.slug}/activity`)
  const name = studio.people.builder.name.split(' ')[0] ?? ''
  for (const action of ['opencode.session.open', 'opencode.read', 'opencode.write']) {
    await expect(page.locator('tr.event').filter({ hasText: action }).first()).toContainText(name)
  }
})
