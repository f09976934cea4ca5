/** Open editors are told where an agent took text out: deletions carry no author of their own. */
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { TestStudio, WAIT } from './testing/studio.ts'

const FILES = { 'notes.md': 'one\ntwo\nthree\n' }

test('where an agent takes text out, editors are told the place and on whose behalf', async () => {
  await using studio = await TestStudio.open(FILES)
  const open = await studio.open('owner', 'notes.md')
  await studio.edit(await studio.agent('builder'), 'notes.md', 'two\n', '')
  await vi.waitFor(() => {
    const told = open.messages.find((message) => message.type === 'agent-removed')
    expect(told).toMatchObject({ member: 'builder', at: [{}] })
    const place = Y.createRelativePositionFromJSON(told?.at[0])
    const found = Y.createAbsolutePositionFromRelativePosition(place, open.doc)
    expect(found?.index).toBe('one\n'.length)
    expect(open.text.toString()).toBe('one\nthree\n')
  }, WAIT)
})

test('of what people delete, and of what an agent replaces, nothing is said', async () => {
  await using studio = await TestStudio.open(FILES)
  const open = await studio.open('owner', 'notes.md')
  const builder = await studio.open('builder', 'notes.md')
  builder.text.delete(0, 'one\n'.length)
  await builder.saved()
  await studio.edit(await studio.agent('builder'), 'notes.md', 'two', 'TWO')
  // What is said of a later removal comes after all that could have been said of these.
  await studio.edit(await studio.agent('maintainer'), 'notes.md', 'three\n', '')
  const told = () => open.messages.filter((message) => message.type === 'agent-removed')
  await vi.waitFor(() => expect(told()).not.toEqual([]), WAIT)
  expect(told()).toMatchObject([{ member: 'maintainer' }])
})
