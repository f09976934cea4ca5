/** Everybody is seen as who they are, where they are, and for as long as they are there. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { TestStudio, WAIT } from './testing/studio.ts'

test('two who open a file see each other, under the names of their accounts', async () => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const builder = await studio.open('builder', 'a.ts')
  const viewer = await studio.open('viewer', 'a.ts')
  builder.text.insert(0, 'typed ')
  builder.provider.awareness?.setLocalState({
    user: { id: 'somebody', name: 'else' },
    selection: 1,
  })
  viewer.provider.awareness?.setLocalStateField('selection', 2)
  await vi.waitFor(() => {
    expect(viewer.provider.awareness?.getStates().get(builder.doc.clientID)).toEqual({
      user: {
        id: studio.members.builder,
        name: 'builder',
        hue: expect.any(Number),
        kind: 'person',
      },
      selection: 1,
    })
    expect(builder.provider.awareness?.getStates().get(viewer.doc.clientID)).toMatchObject({
      user: { id: studio.members.viewer },
      selection: 2,
    })
  }, WAIT)
  expect(builder.provider.awareness?.getStates().size).toBe(2)
  expect(viewer.provider.awareness?.getStates().size).toBe(2)
})

test('nobody speaks for another: not while they are here, nor while they are away', async () => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const builder = await studio.open('builder', 'a.ts')
  const onlooker = await studio.open('owner', 'a.ts')
  const { clientID } = builder.doc
  builder.text.insert(0, 'typed ')
  await builder.saved()
  const seen = () => onlooker.provider.awareness?.getStates().get(clientID)

  const name = fileDocument(await studio.fileId('a.ts'))
  const doc = new Y.Doc()
  doc.clientID = clientID
  const impostor = await studio.openDocument('viewer', name, doc)
  impostor.provider.awareness?.setLocalState({ selection: 'forged' })
  builder.provider.awareness?.setLocalState({ selection: 'true' })
  await vi.waitFor(() => {
    expect(seen()).toMatchObject({ selection: 'true', user: { id: studio.members.builder } })
  }, WAIT)

  builder.close()
  await vi.waitFor(() => {
    expect(seen()).toBeUndefined()
  }, WAIT)
  impostor.provider.awareness?.setLocalState({ selection: 'forged again' })
  const viewer = await studio.open('viewer', 'a.ts')
  viewer.provider.awareness?.setLocalState({ selection: 'later' })
  await vi.waitFor(() => {
    expect(onlooker.provider.awareness?.getStates().get(viewer.doc.clientID)).toBeDefined()
  }, WAIT)
  expect(seen()).toBeUndefined()
})
