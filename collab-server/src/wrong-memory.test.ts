/** A home whose memory of client ids is wrong: the database knows better, and nothing lands under a stolen name. */
import { branchDocument, fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { TestStudio, WAIT, type Browser } from './testing/studio.ts'

const TEXT = 'const a = 1\n'
const FOREIGN = expect.objectContaining({
  verdict: 'denied',
  rule: 'attribution:foreign',
}) as unknown

/** Text at the start of a document, typed under the client id of somebody who has it open as well. */
function typeAs(victim: Browser, { doc }: Browser, text: string): void {
  const forger = new Y.Doc()
  Y.applyUpdate(forger, Y.encodeStateAsUpdate(doc))
  forger.clientID = victim.doc.clientID
  forger.on('update', (update: Uint8Array) => {
    Y.applyUpdate(doc, update)
  })
  forger.getText(TEXT_ROOT).insert(0, text)
}

/** What the home remembers of the client ids of the file; a branch has the same. */
async function memoryOf(studio: TestStudio) {
  const name = fileDocument(await studio.fileId('a.ts'))
  const live = studio.server.context.documents.get(name)
  if (!live) throw new Error(`${name} is not in memory`)
  return live.bindings
}

const lands = async (studio: TestStudio, text: string) => {
  await vi.waitFor(async () => {
    expect((await studio.read('a.ts')).text).toBe(text)
  }, WAIT)
}

test.for(['forgot whose it is', 'takes it for the attacker’s'] as const)(
  'typing under a client id of which the home %s is refused alone, and the victim goes on',
  async (wrong) => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const victim = await studio.open('builder', 'a.ts')
    victim.text.insert(0, 'v')
    await victim.saved()
    const attacker = await studio.open('maintainer', 'a.ts')
    attacker.text.insert(attacker.text.length, '1')
    await attacker.saved()
    const memory = await memoryOf(studio)
    const own = memory.get(attacker.doc.clientID)
    if (wrong === 'forgot whose it is') memory.delete(victim.doc.clientID)
    else if (own) memory.set(victim.doc.clientID, own)

    // Sent together, so they are judged together first.
    attacker.text.insert(attacker.text.length, '2')
    typeAs(victim, attacker, 'FORGED')
    attacker.text.insert(attacker.text.length, '3')
    await lands(studio, `v${TEXT}123`)
    expect(attacker.messages.filter(({ type }) => type === 'verdict')).toEqual([FOREIGN])
    victim.text.insert(1, 'w')
    await victim.saved()
    await lands(studio, `vw${TEXT}123`)
    const denied = (await studio.audit()).filter(({ decision }) => decision === 'denied')
    expect(denied.map(({ rule }) => rule)).toEqual(['attribution:foreign'])
    await studio.restart()
    await lands(studio, `vw${TEXT}123`)
  },
)

test('nothing is proposed under a client id that the home has forgotten', async () => {
  await using studio = await TestStudio.open({ 'a.ts': TEXT })
  const victim = await studio.open('builder', 'a.ts')
  victim.text.insert(0, 'v')
  await victim.saved()
  const branch = branchDocument(studio.members.reviewer, await studio.fileId('a.ts'))
  const reviewer = await studio.openDocument('reviewer', branch)
  const memory = await memoryOf(studio)
  memory.delete(victim.doc.clientID)
  typeAs(victim, reviewer, 'FORGED')
  await vi.waitFor(() => {
    expect(reviewer.messages).toContainEqual(FOREIGN)
  }, WAIT)
  expect(memory.get(victim.doc.clientID)?.memberId).toBe(studio.members.builder)
  victim.text.insert(1, 'w')
  await victim.saved()
  await lands(studio, `vw${TEXT}`)
})
