/** Who comes back to a proposal that was decided meanwhile is led on from where they were, however often it was decided. */
import { branchDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { decidePatch, digestsIn, patchDetail, submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT } from '../testing/studio.ts'

const PATH = 'src/list.ts'

/** Approves the first hunk of the patch that waits. */
async function approveFirst(studio: TestStudio, patch: string): Promise<void> {
  const first = digestsIn(await patchDetail(studio, patch)).slice(0, 1)
  const done = await decidePatch(studio, studio.person('owner'), patch, 'approve', first)
  expect(done).toMatchObject({ outcome: 'done' })
}

test('a document that took in the generation after its own is led on from its own', async () => {
  await using studio = await TestStudio.open({ [PATH]: 'one\ntwo\nthree\n' })
  const name = branchDocument(studio.members.reviewer, await studio.fileId(PATH))
  const typing = await studio.openDocument('reviewer', name)
  typing.text.insert(0, 'zero\n')
  typing.text.insert(typing.text.length, 'four\n')
  await typing.saved()
  typing.close()
  const { id: patch } = await submitPatch(studio, studio.person('reviewer'))
  await approveFirst(studio, patch)
  // Its connection came back for long enough to hear of the next generation, and broke before the answer.
  const second = await studio.openDocument('reviewer', name)
  Y.applyUpdate(typing.doc, Y.encodeStateAsUpdate(second.doc))
  second.close()
  await approveFirst(studio, patch)
  const back = await studio.openDocument('reviewer', name, typing.doc)
  await vi.waitFor(() => {
    expect(back.messages).toContainEqual(
      expect.objectContaining({
        type: 'rebased',
        generation: 3,
        maps: [
          expect.objectContaining({ generation: 1 }),
          expect.objectContaining({ generation: 2 }),
        ],
      }),
    )
  }, WAIT)
})

test('an agent whose edit builds on text that was just decided is told to read again, not refused', async () => {
  await using studio = await TestStudio.open({ [PATH]: 'one\ntwo\nthree\n' })
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, PATH, 'two', 'TWO')
  const seen = await studio.read(PATH, agent, agent.sessionId)
  const { id: patch } = await submitPatch(studio, agent, { intentId: 'turn-1' })
  await approveFirst(studio, patch)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Buffer.from(seen.state, 'base64'))
  const before = Y.encodeStateVector(doc)
  doc.getText(TEXT_ROOT).insert('one\nTW'.length, '-')
  const update = Buffer.from(Y.encodeStateAsUpdate(doc, before)).toString('base64')
  const verdict = await studio.change(agent, [{ op: 'update', document: seen.document, update }])
  expect(verdict).toMatchObject({ verdict: 'stale' })
})
