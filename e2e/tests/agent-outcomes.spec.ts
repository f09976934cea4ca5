/** The three outcomes of an agent's edit, with the real OpenCode: it lands, it waits, or it is refused. */
import { expect, test } from '../support/studio-test.ts'
import { firstName } from '../support/running-studio.ts'

const FILES = {
  'src/price.ts': 'export const price = 10\n\n// the currency\nexport const currency = "EUR"\n',
  'package.json': '{ "name": "shop" }\n',
}

test('Builder: the agent’s edit lands in both editors, on behalf of its human', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  const owner = await studio.workspace('owner', app, 'src/price.ts')

  const turn = await builder.ask('Replace "price = 10" with "price = 12" in src/price.ts')
  await owner.shows('export const price = 12')
  await builder.shows('export const price = 12')
  await expect(turn.locator('.step').filter({ hasText: 'Read' })).toContainText('price.ts')
  await expect(turn.locator('.step').filter({ hasText: 'Edited' })).toContainText('applied')
  await expect(turn.locator('time').first()).toHaveText(/\d+(\.\d+)? ?s|\d\d:\d\d/)
  expect(await app.text('src/price.ts')).toContain('price = 12')
  expect(await app.patches('open')).toEqual([])

  const audit = await studio
    .api('owner')
    .call<{ items: { actor: { kind: string; name: string }; target: string; decision: string }[] }>(
      'GET',
      `/api/audit?app=${app.slug}&action=opencode.write`,
    )
  expect(audit.items).toMatchObject([
    {
      actor: { kind: 'agent', name: studio.people.builder.name },
      target: 'src/price.ts',
      decision: 'allowed',
    },
  ])
})

test('Reviewer: the agent’s edit waits, highlighted in an open editor, while main keeps its text', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  const reviewer = await studio.workspace('reviewer', app)

  const turn = await reviewer.ask('Replace "price = 10" with "price = 12" in src/price.ts')
  await expect(turn).toContainText('queued')
  await expect(owner.editor.locator('.pending-strike').first()).toBeVisible()
  await expect(owner.editor.locator('.pending-insert').first()).toContainText('2')
  await expect(owner.status).toContainText('1 pending')
  await expect(owner.row('src/price.ts')).toContainText(/pending|1/)
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])

  // Nobody has to wait for a decision.
  await owner.type(' of the shop', 3)
  await expect(owner.editor.locator('.pending-insert').first()).toContainText('2')
  await owner.saved()
  expect(await app.text('src/price.ts')).toBe(
    FILES['src/price.ts'].replace('the currency', 'the currency of the shop'),
  )

  await owner.editor.locator('.pending-strike').first().hover()
  await expect(owner.decision).toContainText(
    `OpenCode for ${firstName(studio.people.reviewer.name)}`,
  )
})

test('Viewer: the agent is refused, is told the rule, and nothing changes', async ({ studio }) => {
  const app = await studio.app(FILES)
  const viewer = await studio.workspace('viewer', app, 'src/price.ts')
  const turn = await viewer.ask('Replace "price = 10" with "price = 12" in src/price.ts')
  const refused = turn.getByRole('listitem').filter({ hasText: 'denied' })
  await expect(refused).toContainText('authoring:exec')
  await expect(refused).toContainText('Role Viewer reads and does not write')
  await expect(turn).toContainText('refused')
  await viewer.shows('export const price = 10')
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])
  expect(await app.patches()).toEqual([])
})

test('a secret file is refused even for an Owner’s agent', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app)
  const turn = await owner.ask('Write the token to .env')
  await expect(turn.getByRole('listitem').filter({ hasText: 'denied' })).toContainText(
    'path:secret',
  )
  await expect(owner.row('.env')).toHaveCount(0)
  expect(await app.paths()).toEqual(['package.json', 'src/price.ts'])
})

test('a Builder’s agent may write code at once, but its change of a dependency waits', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'package.json')
  const turn = await builder.ask('Replace "shop" with "store" in package.json')
  await expect(turn).toContainText('queued')
  await builder.shows('{ "name": "shop')
  expect(await app.text('package.json')).toBe(FILES['package.json'])
  expect(await app.patches('open')).toMatchObject([{ rule: 'ai:dependency', openHunks: 1 }])
})

test('propose first: even an Owner’s agent waits until the Owner accepts', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/price.ts')
  await owner.panel.getByRole('switch', { name: 'Propose first' }).click()
  await owner.ask('Replace "price = 10" with "price = 12" in src/price.ts')
  await expect(owner.editor.locator('.pending-strike').first()).toBeVisible()
  expect(await app.text('src/price.ts')).toBe(FILES['src/price.ts'])

  await owner.editor.locator('.pending-strike').first().hover()
  await owner.decision.getByRole('button', { name: 'Accept' }).click()
  await owner.shows('export const price = 12')
  await expect(owner.editor.locator('.pending-strike')).toHaveCount(0)
  await expect.poll(() => app.text('src/price.ts')).toContain('price = 12')
})

test('the panel is honest about the demo model and shows what the agent does with its times', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/price.ts')
  await expect(builder.panel).toContainText('Demo model')
  const turn = await builder.ask('/explain src/price.ts')
  await expect(builder.panel.getByText('Connected')).toBeVisible()
  await expect(turn).toContainText('Walk-through')
  await expect(turn.locator('.step').first()).toContainText('Read price.ts')
  // A reload shows the same conversation again.
  await builder.page.reload()
  await expect(builder.panel.getByRole('article')).toContainText('Walk-through')
})
