/** Decisions land while their author types in the very same word: no key is lost, none moves, the caret stays. */
import type { PatchDetail } from '@relpin/authority/contracts/collab.ts'
import type { TestApp } from '../support/app.ts'
import { breakableConnection } from '../support/breakable-connection.ts'
import { expect, test, type StudioFixture } from '../support/studio-test.ts'
import { Workspace } from '../support/workspace.ts'

const FILES = { 'notes.md': 'alpha\nomega\n' }

/** Submits what its author has written so far, and decides all of it; false when there is nothing. */
async function decideAll(
  studio: StudioFixture,
  app: TestApp,
  decision: 'approve' | 'reject',
): Promise<boolean> {
  let decided = false
  for (const { id, state } of await app.patches()) {
    if (!['draft', 'pending', 'partly-approved'].includes(state)) continue
    const address = (verb: string): string => `/api/patches/${id}/${verb}?app=${app.slug}`
    await studio.api('reviewer').ask('POST', address('submit'))
    // Refused when the text has changed since it was looked at.
    const answer = await studio.api('maintainer').ask('POST', address(decision))
    if (answer.status === 200) decided = true
  }
  return decided
}

/** Decides again and again until `typing` ends; returns how many decisions landed. */
async function decideDuring(
  typing: Promise<void>,
  studio: StudioFixture,
  app: TestApp,
  decision: 'approve' | 'reject',
): Promise<number> {
  let isTyping = true
  let decisions = 0
  const ended = typing.finally(() => (isTyping = false))
  while (isTyping) if (await decideAll(studio, app, decision)) decisions += 1
  await ended
  return decisions
}

/** Main's text once more of what waits was approved; what was typed last may be in a patch of its own. */
const approved = (studio: StudioFixture, app: TestApp) => async (): Promise<string> => {
  await decideAll(studio, app, 'approve')
  return app.text('notes.md')
}

/** A Reviewer right behind a word that waits in the first line. */
async function inTheWord(studio: StudioFixture, word: string) {
  const app = await studio.app(FILES)
  const reviewer = await studio.workspace('reviewer', app, 'notes.md')
  await reviewer.type(word, 1)
  await reviewer.saved()
  return { app, reviewer }
}

/** After all 80 keys: the caret is where the next key belongs, and all of it is approved as it stands. */
async function nextKeyLands(
  studio: StudioFixture,
  app: TestApp,
  reviewer: Workspace,
): Promise<void> {
  const text = `alpha wonder${keys(0, 80)}!ful\nomega`
  await reviewer.page.keyboard.type('!')
  await reviewer.shows(text)
  await reviewer.saved()
  await expect.poll(approved(studio, app)).toBe(`${text}\n`)
  await reviewer.shows(text)
}

const keys = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `${from + at}.`).join('')

test('a word is approved while its author types in the middle of it', async ({ studio }) => {
  const { app, reviewer } = await inTheWord(studio, ' wonderful')
  for (let at = 0; at < 3; at += 1) await reviewer.page.keyboard.press('ArrowLeft')

  const typing = reviewer.page.keyboard.type(keys(0, 80), { delay: 12 })
  await reviewer.shows('5.6.7.')
  await expect.poll(() => decideAll(studio, app, 'approve')).toBe(true)
  await typing
  await nextKeyLands(studio, app, reviewer)
})

test('a word is rejected while its author types in it: later keys stay, in order and in place', async ({
  studio,
}) => {
  const { app, reviewer } = await inTheWord(studio, ' wonder')

  const typing = reviewer.page.keyboard.type(keys(0, 60), { delay: 12 })
  await reviewer.shows('5.6.7.')
  await expect.poll(() => decideAll(studio, app, 'reject')).toBe(true)
  await typing
  await reviewer.page.keyboard.type('!')
  await reviewer.saved()
  const [line = '', next] = (await reviewer.shown()).split('\n')
  expect(next).toBe('omega')
  expect(line.startsWith('alpha')).toBe(true)
  expect(`${keys(0, 60)}!`.endsWith(line.slice('alpha'.length))).toBe(true)
  expect(await app.text('notes.md')).toBe(FILES['notes.md'])
})

test('a word is approved again and again while its author types in the middle of it', async ({
  studio,
}) => {
  const { app, reviewer } = await inTheWord(studio, ' wonderful')
  for (let at = 0; at < 3; at += 1) await reviewer.page.keyboard.press('ArrowLeft')

  const typing = reviewer.page.keyboard.type(keys(0, 80), { delay: 12 })
  const decisions = await decideDuring(typing, studio, app, 'approve')
  expect(decisions).toBeGreaterThan(2)
  await reviewer.shows(`alpha wonder${keys(0, 80)}ful\nomega`)
  await nextKeyLands(studio, app, reviewer)
})

test('a word is rejected again and again while its author types in it: later keys stay, in order and in place', async ({
  studio,
}) => {
  const { app, reviewer } = await inTheWord(studio, ' wonder')

  const typing = reviewer.page.keyboard.type(keys(0, 60), { delay: 12 })
  const decisions = await decideDuring(typing, studio, app, 'reject')
  expect(decisions).toBeGreaterThan(1)
  await reviewer.page.keyboard.type('!')
  await reviewer.saved()
  const [line = '', next] = (await reviewer.shown()).split('\n')
  expect(next).toBe('omega')
  expect(line.startsWith('alpha')).toBe(true)
  expect(line.endsWith('!')).toBe(true)
  expect(`${keys(0, 60)}!`.endsWith(line.slice('alpha'.length))).toBe(true)
  expect(await app.text('notes.md')).toBe(FILES['notes.md'])
})

test('a reload in the middle of it loses nothing, and puts everything where it was typed', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const page = await studio.window('reviewer')
  const connection = await breakableConnection(page)
  const reviewer = new Workspace(page, app)
  await reviewer.enter('notes.md')
  await reviewer.type(' wonderful', 1)
  await reviewer.saved()
  for (let at = 0; at < 3; at += 1) await page.keyboard.press('ArrowLeft')
  // The keys are on their way when the word is approved, and the page is gone before it hears of that.
  await connection.cut()
  await page.keyboard.type('<1><2>')
  await expect(reviewer.status).toContainText('not saved yet')
  expect(await decideAll(studio, app, 'approve')).toBe(true)
  expect(await app.text('notes.md')).toBe('alpha wonderful\nomega\n')
  page.on('dialog', (dialog) => void dialog.accept())
  connection.mend()
  await page.reload()

  await reviewer.shows('alpha wonder<1><2>ful\nomega')
  await reviewer.saved()
  await expect(page.getByRole('region', { name: 'Refused edits' })).toHaveCount(0)
  await decideAll(studio, app, 'approve')
  await expect.poll(() => app.text('notes.md')).toBe('alpha wonder<1><2>ful\nomega\n')
})

test('a decision in another place leaves caret, selection and view of the author where they are', async ({
  studio,
}) => {
  const lines = Array.from({ length: 200 }, (_, at) => `line ${at}`)
  const app = await studio.app({ 'notes.md': `${lines.join('\n')}\n` })
  const reviewer = await studio.workspace('reviewer', app, 'notes.md')
  await reviewer.type(' first', 1)
  await reviewer.type('last')
  await reviewer.saved()
  const view = await reviewer.shown()
  await reviewer.page.keyboard.press('Shift+Home')
  await decideAll(studio, app, 'approve')
  await expect.poll(() => app.text('notes.md')).toContain('line 0 first\n')
  await reviewer.saved()
  await expect.poll(() => reviewer.shown()).toBe(view)
  // What is selected is what is replaced.
  await reviewer.page.keyboard.type('end')
  await reviewer.saved()
  // In the proposal the replaced word is shown struck out; approved, it is gone.
  const text = approved(studio, app)
  await expect.poll(async () => (await text()).split('\n').at(-1)).toBe('end')
})

test('others see the author’s caret at its place in main, before and after the decision', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const reviewer = await studio.workspace('reviewer', app, 'notes.md')
  const maintainer = await studio.workspace('maintainer', app, 'notes.md')
  await reviewer.type(' wonderful', 1)
  await reviewer.saved()
  await expect(maintainer.editor.locator('.peer-caret')).toHaveCount(1)
  await decideAll(studio, app, 'approve')
  await expect.poll(() => app.text('notes.md')).toBe('alpha wonderful\nomega\n')
  await reviewer.page.keyboard.type(' day')
  await reviewer.saved()
  const caret = maintainer.editor.locator('.peer-caret')
  await expect(caret).toHaveCount(1)
  await expect(maintainer.editor.locator('.pending-insert')).toContainText('day')
  // Behind the word that landed, where what waits stands as well.
  const waiting = maintainer.editor.locator('.pending-insert')
  await expect
    .poll(async () => {
      const [at, text] = [await caret.boundingBox(), await waiting.boundingBox()]
      if (!at || !text) return 'not shown'
      const isInLine = Math.abs(at.y - text.y) < 8
      const isBeside = at.x > text.x - 4 && at.x < text.x + text.width + 4
      return isInLine && isBeside ? 'behind it' : 'elsewhere'
    })
    .toBe('behind it')
})

test('when part of a proposal was approved, undo takes back the rest of what one typed, and nothing else', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const reviewer = await studio.workspace('reviewer', app, 'notes.md')
  for (const [line, words] of [[1, ' one'] as const, [2, ' two'] as const, [2, ' three'] as const])
    await reviewer.write(words, line)
  await reviewer.saved()
  await approveFirstHunk(studio, app)
  await expect.poll(() => app.text('notes.md')).toBe('alpha one\nomega\n')
  await reviewer.saved()

  await reviewer.undo()
  await reviewer.showsNot('three')
  await reviewer.undo()
  await reviewer.showsNot('two')
  // What was approved is not theirs to take back.
  await reviewer.undo()
  await reviewer.shows('alpha one\nomega')
  await reviewer.saved()
  await expect(reviewer.editor.locator('.pending-gone')).toHaveCount(0)
  const waiting = async () =>
    (await app.patches()).reduce((sum, { openHunks }) => sum + openHunks, 0)
  await expect.poll(waiting).toBe(0)

  await reviewer.page.keyboard.press('ControlOrMeta+Shift+z')
  await expect(reviewer.editor.locator('.pending-typed')).toContainText('two')
})

async function approveFirstHunk(studio: StudioFixture, app: TestApp): Promise<void> {
  const [patch] = await app.patches()
  const address = (verb: string): string => `/api/patches/${patch?.id}/${verb}?app=${app.slug}`
  await studio.api('reviewer').ask('POST', address('submit'))
  const seen = await studio
    .api('maintainer')
    .call<PatchDetail>('GET', `/api/patches/${patch?.id}?app=${app.slug}`)
  const first = seen.diffs[0]?.hunks[0]?.digest
  await studio.api('maintainer').call('POST', address('approve'), { hunks: [first] })
}
