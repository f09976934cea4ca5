/** Updates that claim to be somebody else's, build on nothing, or come back after they were refused. */
import * as Y from 'yjs'
import type { Case, Family } from './case.ts'
import { must, refused, soon, update } from './expectations.ts'
import { forged, someClient } from './forge.ts'
import { SYNC } from './raw-socket.ts'
import type { World } from './world.ts'

const victimNext = ({ author }: World): readonly [client: number, clock: number] => [
  author.doc.clientID,
  Y.getState(author.doc.store, author.doc.clientID),
]

/** An update that builds on nothing: the channel is closed, so that an honest client offers all it has. */
function gap(name: string, make: (world: World) => Uint8Array): Case {
  return {
    name,
    held: 'not taken: the client is told to offer all it has',
    run: async (world) => {
      const socket = await world.joined('builder')
      socket.update(world.victim, make(world))
      await socket.hear((one) => one.what === 'left' && one.document === world.victim)
    },
  }
}

export const forgedIds: Family = {
  name: 'forged ids',
  cases: [
    update("the victim's next keys", 'attribution:foreign', (world) => {
      const [client, clock] = victimNext(world)
      return forged([
        { client, clock, pieces: [{ text: 'not by the victim', left: [client, clock - 1] }] },
      ])
    }),
    update("a GC piece over the victim's next keys", 'attribution:foreign', (world) => {
      const [client, clock] = victimNext(world)
      return forged([{ client, clock, pieces: [{ gone: 100 }] }])
    }),
    update("a GC piece under one's own id", 'update:content', () =>
      forged([{ client: someClient(), clock: 0, pieces: [{ gone: 100 }] }]),
    ),
    {
      name: 'after which the victim types on',
      held: 'what the victim types arrives',
      run: (world) => world.authorTypes('// and on\n'),
    },
    update("the victim's keys hidden among one's own", 'attribution:foreign', (world) => {
      const [client, clock] = victimNext(world)
      return forged([
        { client: someClient(), clock: 0, pieces: [{ text: 'mine' }] },
        { client, clock, pieces: [{ text: 'yours', left: [client, clock - 1] }] },
      ])
    }),
    update(
      "the victim's next keys, offered on joining",
      'attribution:foreign',
      (world) => {
        const [client, clock] = victimNext(world)
        return forged([{ client, clock, pieces: [{ gone: 7 }] }])
      },
      { step: SYNC.step2 },
    ),
    {
      name: "another text under the victim's former keys",
      held: 'nothing: what is known stays as it is',
      run: async (world) => {
        const socket = await world.joined('builder')
        const client = world.author.doc.clientID
        socket.update(world.victim, forged([{ client, clock: 0, pieces: [{ text: 'XX' }] }]))
        socket.step1(world.victim)
        await soon(
          () =>
            socket.heard.filter((one) => one.what === 'state').length > 1 || socket.ended !== null,
          'the server did not answer any more',
        )
      },
    },
    gap('a far clock of a fresh client', () =>
      forged([{ client: someClient(), clock: 1_000_000, pieces: [{ text: 'far' }] }]),
    ),
    gap('a far GC piece', () =>
      forged([{ client: someClient(), clock: 500, pieces: [{ gone: 10 }] }]),
    ),
    gap('text beside a piece that does not exist', () =>
      forged([
        { client: someClient(), clock: 0, pieces: [{ text: 'x', left: [4_000_000_001, 9] }] },
      ]),
    ),
    gap('text beside itself', () => {
      const client = someClient()
      return forged([{ client, clock: 0, pieces: [{ text: 'x', left: [client, 0] }] }])
    }),
    gap('two pieces beside each other, in a circle', () => {
      const [one, other] = [someClient(), someClient()]
      return forged([
        { client: one, clock: 0, pieces: [{ text: 'x', left: [other, 0] }] },
        { client: other, clock: 0, pieces: [{ text: 'y', left: [one, 0] }] },
      ])
    }),
    gap('deletion of what the victim has not typed yet', (world) => {
      const [client, clock] = victimNext(world)
      return forged([], [{ client, ranges: [[clock, 50]] }])
    }),
    gap('deletion of a client that never was', () =>
      forged([], [{ client: someClient(), ranges: [[0, 5]] }]),
    ),
    update('deletions out of order and over each other', 'update:shape', (world) => {
      const [client, clock] = victimNext(world)
      return forged(
        [],
        [
          {
            client,
            ranges: [
              [clock - 1, 9],
              [0, 1],
              [clock, 2],
            ],
          },
        ],
      )
    }),
    gap('a piece between the two halves of a character', (world) => {
      const { text, doc } = world.author
      const at = text.toString().indexOf('𝄞')
      const left = Y.createRelativePositionFromTypeIndex(text, at, 0).item
      if (!left) throw new Error('the note is gone')
      void doc
      const client = someClient()
      return forged([
        {
          client,
          clock: 0,
          pieces: [
            { text: 'x', left: [left.client, left.clock], right: [left.client, left.clock + 1] },
          ],
        },
      ])
    }),
    update(
      'a gap, offered on joining',
      'update:gap',
      () => forged([{ client: someClient(), clock: 77, pieces: [{ text: 'x' }] }]),
      { step: SYNC.step2 },
    ),
    {
      name: 'refused text, offered again on every reconnect',
      held: 'refused every time',
      run: async (world) => {
        const offer = forged([
          { client: someClient(), clock: 0, pieces: [{ text: 'viewer was here' }] },
        ])
        for (let round = 0; round < 3; round += 1) {
          const socket = await world.joined('viewer')
          socket.sync(world.victim, SYNC.step2, offer)
          await refused(socket, world.victim, 'authoring:exec')
          socket.close()
        }
      },
    },
    {
      name: 'more keys on top of refused ones',
      held: 'not taken, and nothing waits for them',
      run: async (world) => {
        const client = someClient()
        const socket = await world.joined('viewer')
        socket.update(world.victim, forged([{ client, clock: 0, pieces: [{ text: 'a' }] }]))
        socket.update(
          world.victim,
          forged([{ client, clock: 1, pieces: [{ text: 'b', left: [client, 0] }] }]),
        )
        await refused(socket, world.victim, 'authoring:exec')
        await socket.hear((one) => one.what === 'left' && one.document === world.victim)
      },
    },
    {
      name: 'an update repeated a hundred times',
      held: 'there once',
      run: async (world) => {
        const document = world.file('src/spare.ts')
        const socket = await world.joined('builder', document)
        const once = forged([{ client: someClient(), clock: 0, pieces: [{ text: 'once ' }] }])
        for (let time = 0; time < 100; time += 1) socket.update(document, once)
        await soon(
          async () => (await world.app.text('src/spare.ts')).includes('once '),
          'the first one did not land',
        )
        const text = await world.app.text('src/spare.ts')
        await must(
          text.split('once').length === 2,
          `it is there ${text.split('once').length - 1} times`,
        )
      },
    },
  ],
}
