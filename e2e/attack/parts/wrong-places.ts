/** Documents that are not there, not one's own, or not documents; and messages for one sent as if for another. */
import { branchDocument } from '@relpin/authority/document-names.ts'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Case, Family } from './case.ts'
import { cut, must, notOpened, refused, soon } from './expectations.ts'
import { typed } from './forge.ts'
import { TYPE } from './raw-socket.ts'
import type { World } from './world.ts'

const NAMES: readonly (readonly [words: string, name: (world: World) => string])[] = [
  ['../../etc/passwd', () => '../../etc/passwd'],
  ['file/../tree', ({ workspaceId }) => `file/../tree/${workspaceId}`],
  ['an id and a path', ({ victim }) => `${victim}/../../secrets`],
  ['percent signs', ({ victim }) => victim.replace('/', '%2f')],
  ['upper case', ({ victim }) => victim.toUpperCase()],
  ['a line break at the end', ({ victim }) => `${victim}\n`],
  ['no name', () => ''],
  ['__proto__', () => '__proto__'],
  ['constructor', () => 'constructor'],
  ['a name of 500 KB', () => `file/${'a'.repeat(500_000)}`],
  ['SQL', () => "file/'; drop table files; --"],
]

const noSuchName = ([words, name]: (typeof NAMES)[number]): Case => ({
  name: `a document named ${words}`,
  held: 'the socket is closed with 4400',
  run: async (world) => {
    const socket = await world.socket()
    socket.authenticate(name(world), await world.token('owner'))
    await cut(socket, 4400)
  },
})

export const wrongPlaces: Family = {
  name: 'wrong places',
  cases: [
    ...NAMES.map(noSuchName),
    {
      name: 'a file that does not exist',
      held: 'not opened: not-found',
      run: async (world) => {
        const socket = await world.socket()
        const document = `file/${randomUUID()}`
        socket.authenticate(document, await world.token('owner'))
        await notOpened(socket, document, 'not-found')
      },
    },
    {
      name: "another app's file with this app's token",
      held: 'not opened: not-found',
      run: async (world) => {
        const socket = await world.socket()
        socket.authenticate(world.otherVictim, await world.token('owner'))
        await notOpened(socket, world.otherVictim, 'not-found')
      },
    },
    {
      name: "another app's tree with this app's token",
      held: 'not opened: not-found',
      run: async (world) => {
        const { workspaceId } = await world
          .api('owner')
          .call<{ workspaceId: string }>('POST', '/api/collab-token', { app: world.otherApp.slug })
        const socket = await world.socket()
        const document = `tree/${workspaceId}`
        socket.authenticate(document, await world.token('owner'))
        await notOpened(socket, document, 'not-found')
      },
    },
    {
      name: 'an update for a document that was never opened',
      held: 'never applied',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        socket.update(world.victim, typed('through the side door'))
        await pause(500)
      },
    },
    {
      name: "an update for another app's document on an open socket",
      held: 'never applied',
      run: async (world) => {
        const socket = await world.joined('builder')
        socket.update(world.otherVictim, typed('across apps'))
        await pause(500)
        const text = await world.otherApp.text('src/victim.ts')
        await must(text === 'another app\n', 'the other app changed')
      },
    },
    {
      name: "typing into somebody else's branch",
      held: 'refused by branch:other',
      run: async (world) => {
        const branch = branchDocument(world.people.reviewer.id, world.fileId('src/spare.ts'))
        const socket = await world.joined('builder', branch)
        socket.update(branch, typed('not mine'))
        await refused(socket, branch, 'branch:other')
      },
    },
    {
      name: 'closing a document that another one has open',
      held: 'closes nothing but one’s own',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        socket.message(world.victim, TYPE.close)
        socket.message(world.file('src/spare.ts'), TYPE.close)
        await soon(() => socket.heard.some((one) => one.what === 'left'), 'its own stayed open')
      },
    },
  ],
}
