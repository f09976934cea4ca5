/** What open editors are told of what waits, while people go on typing around it. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT } from '../testing/studio.ts'

const FILES = { 'notes.md': 'alpha\nomega\n' }

const inserted = (hunk: PendingHunk | undefined) => {
  const [segment] = hunk?.change.kind === 'text' ? hunk.change.segments : []
  return segment?.kind === 'insert' ? segment : null
}

/** Who has the smaller id comes first where two type at one place. */
const typist = (clientID: number): Y.Doc => Object.assign(new Y.Doc(), { clientID })

for (const [first, ids] of [
  ['main', { main: 7, branch: 8_000 }],
  ['the branch', { main: 8_000, branch: 7 }],
] as const) {
  test(`what waits is shown where approval would put it, also when ${first} comes first at its place`, async () => {
    await using studio = await TestStudio.open(FILES)
    const fileId = await studio.fileId('notes.md')
    const branch = branchDocument(studio.members.reviewer, fileId)
    const reviewer = await studio.openDocument('reviewer', branch, typist(ids.branch))
    const main = await studio.openDocument('builder', fileDocument(fileId), typist(ids.main))
    reviewer.text.insert('alpha'.length, '!')
    await reviewer.saved()
    await vi.waitFor(() => expect(main.pending()).toHaveLength(1), WAIT)
    for (const [at, key] of [...' today'].entries()) {
      main.text.insert('alpha'.length + at, key)
      await main.saved()
    }
    await vi.waitFor(() => {
      expect(reviewer.text.toString()).toContain('today')
      const position = Y.createRelativePositionFromJSON(inserted(main.pending()[0])?.at)
      const at = Y.createAbsolutePositionFromRelativePosition(position, main.doc)?.index
      expect(at).toBe(reviewer.text.toString().indexOf('!'))
    }, WAIT)
  })
}

test('a hunk right behind another one of its branch says so, so that both are shown in order', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await studio.fileId('notes.md')
  const branch = branchDocument(studio.members.reviewer, fileId)
  const reviewer = await studio.openDocument('reviewer', branch)
  const main = await studio.open('builder', 'notes.md')
  reviewer.text.insert('alpha'.length, ' one')
  await reviewer.saved()
  await vi.waitFor(() => expect(main.pending()).toHaveLength(1), WAIT)
  await submitPatch(studio, studio.person('reviewer'), { patch: main.pending()[0]?.patch })
  for (const [at, key] of [...' two'].entries()) {
    reviewer.text.insert('alpha one'.length + at, key)
    await reviewer.saved()
  }
  await vi.waitFor(() => {
    const [one, two] = [' one', ' two'].map((text) =>
      main.pending().find((hunk) => inserted(hunk)?.text === text),
    )
    expect(one?.change).not.toHaveProperty('after')
    expect(two?.change).toHaveProperty('after', one?.digest)
  }, WAIT)
})
