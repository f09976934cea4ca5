/** Presence: claiming to be another, speaking for another's cursor, and presence as a weapon. */
import { setTimeout as pause } from 'node:timers/promises'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Case, Family } from './case.ts'
import { cut, must, soon } from './expectations.ts'
import { presence, someClient } from './forge.ts'
import type { World } from './world.ts'

type Seen = { readonly user?: { readonly id?: string; readonly name?: string } } & Record<
  string,
  unknown
>

/** What an honest onlooker sees of a client. */
const seen = ({ reader }: World, client: number): Seen | undefined =>
  reader.provider.awareness?.getStates().get(client)

async function authorIsSeen(world: World): Promise<void> {
  const { awareness } = world.author.provider
  awareness?.setLocalStateField('selection', { at: Date.now() })
  const mine = awareness?.getLocalState()?.['selection'] as { at: number }
  await soon(
    () =>
      (seen(world, world.author.doc.clientID)?.['selection'] as { at?: number } | undefined)?.at ===
      mine.at,
    'the author is not seen as they are',
  )
}

const state = (json: string): Uint8Array => presence([{ client: someClient(), json }])

/** What is no presence: whoever sends any of it is cut off. */
const unreadable = (name: string, ...messages: readonly Uint8Array[]): Case => ({
  name,
  held: 'cut with 4400',
  run: async (world) => {
    for (const message of messages) {
      const socket = await world.joined('viewer')
      socket.awareness(world.victim, message)
      await cut(socket, 4400)
    }
  },
})

export const falsePresence: Family = {
  name: 'false presence',
  cases: [
    {
      name: "somebody else's name",
      held: "stamped with the connection's own",
      run: async (world) => {
        const socket = await world.joined('viewer')
        const client = someClient()
        const user = { id: world.people.owner.id, name: world.people.owner.name, kind: 'agent' }
        socket.awareness(world.victim, presence([{ client, json: JSON.stringify({ user }) }]))
        await soon(() => seen(world, client) !== undefined, 'it was not seen at all')
        await must(seen(world, client)?.user?.id === world.people.viewer.id, 'it was believed')
      },
    },
    {
      name: "the author's cursor moved by another",
      held: 'the author is seen where they are',
      run: async (world) => {
        await authorIsSeen(world)
        const socket = await world.joined('viewer')
        const client = world.author.doc.clientID
        const json = JSON.stringify({ user: {}, selection: 'elsewhere' })
        socket.awareness(world.victim, presence([{ client, clock: 1_000_000, json }]))
        await pause(300)
        await must(seen(world, client)?.['selection'] !== 'elsewhere', 'it was believed')
        await authorIsSeen(world)
      },
    },
    {
      name: "the author's presence removed by another",
      held: 'the author is still seen',
      run: async (world) => {
        await authorIsSeen(world)
        const socket = await world.joined('viewer')
        const client = world.author.doc.clientID
        socket.awareness(world.victim, presence([{ client, clock: 2_000_000, json: 'null' }]))
        await pause(300)
        await must(seen(world, client) !== undefined, 'the author is gone')
        await authorIsSeen(world)
      },
    },
    {
      name: 'the id of somebody who is away',
      held: 'not taken: it belongs to who typed under it',
      run: async (world) => {
        const { provider, doc } = world.author
        provider.awareness?.setLocalState(null)
        const socket = await world.joined('viewer')
        const json = JSON.stringify({ squatted: true })
        socket.awareness(world.victim, presence([{ client: doc.clientID, clock: 3_000_000, json }]))
        await pause(300)
        await must(seen(world, doc.clientID)?.['squatted'] !== true, 'it was taken')
        provider.awareness?.setLocalState({})
        await authorIsSeen(world)
      },
    },
    {
      name: 'a thousand cursors of one connection',
      held: 'cut, and none of them stays',
      run: async (world) => {
        const socket = await world.joined('viewer')
        const clients = Array.from({ length: 1_000 }, someClient)
        socket.awareness(world.victim, presence(clients.map((client) => ({ client, json: '{}' }))))
        await cut(socket, 4400)
        await soon(() => clients.every((client) => !seen(world, client)), 'some are still seen')
      },
    },
    {
      name: 'a thousand cursors, one after the other',
      held: 'at most a few are seen at a time',
      run: async (world) => {
        const socket = await world.joined('viewer')
        const clients = Array.from({ length: 1_000 }, someClient)
        for (const client of clients)
          socket.awareness(world.victim, presence([{ client, json: '{"n":1}' }]))
        await pause(500)
        const count = clients.filter((client) => seen(world, client)).length
        await must(count <= 8, `${count} are seen`)
      },
    },
    unreadable('a state of 500 KB', state(JSON.stringify({ x: 'x'.repeat(500_000) }))),
    unreadable('a state that is no JSON', state('{"a":')),
    unreadable(
      'a state that is a number, a list, or a text',
      state('7'),
      state('[]'),
      state('"text"'),
    ),
    {
      name: 'a state that names __proto__',
      held: 'seen as what it is, or not at all; nothing is polluted',
      run: async (world) => {
        const socket = await world.joined('viewer')
        const client = someClient()
        const json = '{"__proto__":{"polluted":true},"user":{"__proto__":{"admin":true}}}'
        socket.awareness(world.victim, presence([{ client, json }]))
        await pause(200)
        await must(!('polluted' in {}), 'polluted')
        await must(seen(world, client)?.user?.id !== world.people.owner.id, 'believed')
        await authorIsSeen(world)
      },
    },
    unreadable('a presence message cut in half', state('{"a":1}').slice(0, -4)),
    {
      name: 'who left is forgotten',
      held: 'gone with the connection',
      run: async (world) => {
        const socket = await world.joined('viewer')
        const client = someClient()
        socket.awareness(world.victim, presence([{ client, json: '{}' }]))
        await soon(() => seen(world, client) !== undefined, 'was not seen')
        socket.close()
        await soon(() => seen(world, client) === undefined, 'is still seen')
        // The whole list as the server tells it to somebody new.
        const fresh = await world.joined('viewer')
        const awareness = new Awareness(new Y.Doc())
        await pause(200)
        for (const one of fresh.heard)
          if (one.what === 'presence') applyAwarenessUpdate(awareness, one.bytes, null)
        await must(!awareness.getStates().has(client), 'the server still tells of it')
        awareness.destroy()
      },
    },
  ],
}
