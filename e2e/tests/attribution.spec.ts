/** Who wrote it: people, agents and approvers in the editor's gutter and on hover. */
import { gutterOf } from '../support/past.ts'
import { firstName } from '../support/running-studio.ts'
import { expect, test, type StudioFixture } from '../support/studio-test.ts'
import type { Workspace } from '../support/workspace.ts'

const NOTES = '// first\n// second\n// third\n'
const FILES = { 'src/notes.ts': NOTES }

test('the gutter shows two people and the agent, each at their lines', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  const names = { owner: studio.people.owner.name, builder: studio.people.builder.name }
  await expect(gutterOf(owner)).toHaveCount(0)
  await owner.page.keyboard.press('Alt+b')
  await expect(gutterOf(owner).first()).toContainText(firstName(names.owner))
  await expect(gutterOf(owner).first()).toHaveAccessibleName(`Lines 1 to 3: ${names.owner}`)

  await builder.type(' and much more by the builder', 3)
  await expect(gutterOf(owner).nth(1)).toHaveAccessibleName(`Line 3: ${names.builder}`)
  await owner.ask('Replace "// second" with "const second = 2 // said the agent" in src/notes.ts')
  await expect(gutterOf(owner).nth(1)).toHaveAccessibleName(
    new RegExp(`^Line 2: OpenCode for ${firstName(names.owner)}, model .+, patch [0-9a-f]+$`),
  )
  await expect(gutterOf(owner).nth(1)).toContainText(`for ${firstName(names.owner)}`)
  await expect(gutterOf(owner)).toHaveCount(3)

  // What one types oneself shows at once, before anybody was asked.
  await owner.type('\nconst mine = 1', 3)
  await expect(gutterOf(owner).nth(3)).toHaveAccessibleName(`Line 4: ${names.owner}`)
})

test('the gutter is remembered, and goes with the same key', async ({ studio }) => {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  const button = owner.editor.getByRole('button', { name: /who wrote this/ })
  await button.click()
  await expect(gutterOf(owner)).toHaveCount(1)
  await owner.page.reload()
  await expect(gutterOf(owner)).toHaveCount(1)
  await owner.page.keyboard.press('Alt+b')
  await expect(gutterOf(owner)).toHaveCount(0)
})

test('text that waits shows as its proposer’s, and after the approval with the approver', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const { owner, reviewer, maintainer } = studio.people
  const proposing = await studio.workspace('reviewer', app, 'src/notes.ts')
  await proposing.page.keyboard.press('Alt+b')
  await expect(gutterOf(proposing).first()).toHaveAccessibleName(`Lines 1 to 3: ${owner.name}`)
  await proposing.type(' and what the reviewer proposes', 3)
  await expect(gutterOf(proposing).nth(1)).toHaveAccessibleName(
    `Line 3: ${reviewer.name}, waits for approval`,
  )
  await proposing.saved()

  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  await builder.page.keyboard.press('Alt+b')
  await expect(gutterOf(builder)).toHaveCount(1)
  const [patch] = await app.patches('open')
  const path = `/api/patches/${patch?.id}`
  await studio.api('reviewer').call('POST', `${path}/submit?app=${app.slug}`)
  await studio.api('maintainer').call('POST', `${path}/approve?app=${app.slug}`)
  const words = `Line 3: ${reviewer.name}, patch ${patch?.id}, approved by ${maintainer.name}`
  await expect(gutterOf(builder).nth(1)).toHaveAccessibleName(words)
  await expect(gutterOf(proposing).nth(1)).toHaveAccessibleName(words)

  // The details, with the way to the proposal.
  await gutterOf(builder).nth(1).hover()
  const card = builder.editor.getByRole('tooltip').filter({ hasText: 'Approved by' })
  await expect(card).toContainText(maintainer.name)
  await expect(card.locator('time').first()).toHaveText('now')
  await card.getByRole('link').click()
  await expect(builder.page).toHaveURL(new RegExp(`/proposals/${patch?.id}$`))
})

test('a character under the pointer says who, which model, which patch and when', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  await builder.ask('Replace "second" with "second, said the agent" in src/notes.ts')
  await builder.shows('said the agent')
  await builder.page.keyboard.press('Alt+b')
  await expect(gutterOf(builder)).toHaveCount(3)
  await builder.editor.getByText('said the agent').hover()
  const hover = builder.page.locator('.monaco-hover').filter({ hasText: 'OpenCode for' })
  await expect(hover).toContainText(`OpenCode for ${firstName(studio.people.builder.name)}`)
  await expect(hover).toContainText(/patch [0-9a-f]+/)
  await expect(hover).toContainText('now')
  const [patch] = await app.patches()
  await hover.getByText(`patch ${patch?.id}`).click()
  await expect(builder.page).toHaveURL(new RegExp(`/proposals/${patch?.id}$`))
})

/** The owner watches while the Builder's agent does what it is asked: the sign comes, and goes again. */
async function seesSign(studio: StudioFixture, prompt: string, words: string): Promise<Workspace> {
  const app = await studio.app(FILES)
  const owner = await studio.workspace('owner', app, 'src/notes.ts')
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  const sign = owner.editor.locator('.agent-landed-name')
  await Promise.all([expect(sign).toContainText(words, { timeout: 60_000 }), builder.ask(prompt)])
  await expect(sign).toHaveCount(0)
  return owner
}

test('where an agent’s edit lands, others see a sign with its name, and then it fades', async ({
  studio,
}) => {
  const owner = await seesSign(
    studio,
    'Replace "second" with "second, said the agent" in src/notes.ts',
    `OpenCode for ${firstName(studio.people.builder.name)}`,
  )
  await owner.shows('said the agent')
})

test('where an agent takes text out, others see a sign with its name at the place', async ({
  studio,
}) => {
  const owner = await seesSign(
    studio,
    'Replace "// second" with "//" in src/notes.ts',
    'took text out',
  )
  await owner.showsNot('second')
})
