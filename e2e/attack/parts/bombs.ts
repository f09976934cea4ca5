/** Updates within every limit of size that are made to cost as much as they can. Measured on the server's event loop. */
import { setTimeout as pause } from 'node:timers/promises'
import { receivingMs } from './bare-receiver.ts'
import type { Case, Family } from './case.ts'
import { cut, must, soon } from './expectations.ts'
import { forged, letters, someClient, typed } from './forge.ts'
import { fillUp } from './pile.ts'
import { SYNC } from './raw-socket.ts'
import { mainThread } from './server-process.ts'
import type { World } from './world.ts'
import type { Role } from '../../support/running-studio.ts'

/** Milliseconds of the event loop that one refusal of a limit may cost. */
const MAX_COST_MS = 5
const MAX_OWN_MS = 2
const REPEATS = 10
const ROUNDS = 3

/** What the worst refusal by a limit cost, for the last line. */
export const costs = { worstRefusalMs: 0, worstBombMs: 0, giantReceivedMs: 0, giantOwnMs: 0 }

/** The event loop's time for `act` and a little after it, without what it takes anyway. */
async function measured(world: World, act: () => Promise<void>): Promise<number> {
  const pid = await world.serverPid()
  if (pid === null) throw new Error('the server is not running')
  const span = async (during: () => Promise<void>): Promise<{ ms: number; took: number }> => {
    const [from, began] = [await mainThread(pid), performance.now()]
    await during()
    return { ms: (await mainThread(pid)).ranMs - from.ranMs, took: performance.now() - began }
  }
  const idle = await span(() => pause(1_000))
  const busy = await span(act)
  return Math.max(0, busy.ms - (idle.ms / idle.took) * busy.took)
}

type Sender = { readonly role?: Role; readonly step?: number; readonly path?: string }

/** The mean cost of a refusal, from several in a row on one connection. */
async function refusalMs(world: World, update: Uint8Array, by: Sender = {}): Promise<number> {
  const { role = 'builder', step = SYNC.update, path = 'src/spare.ts' } = by
  const document = world.file(path)
  const socket = await world.joined(role, document)
  const verdicts = (): number => socket.heard.filter((one) => one.what === 'told').length
  await pause(200)
  const ms = await measured(world, async () => {
    const before = verdicts()
    for (let time = 0; time < REPEATS; time += 1) socket.sync(document, step, update)
    await soon(() => verdicts() >= before + REPEATS || socket.ended !== null, 'no answer', 20_000)
  })
  await must(verdicts() >= REPEATS, `not all were refused: ${socket.summary()}`)
  const each = ms / REPEATS
  costs.worstRefusalMs = Math.max(costs.worstRefusalMs, each)
  return each
}

function cheap(name: string, make: (world: World) => Uint8Array, by?: Sender): Case {
  return {
    name,
    held: `refused for less than ${MAX_COST_MS} ms of the event loop`,
    run: async (world) => {
      const each = await refusalMs(world, make(world), by)
      await must(each < MAX_COST_MS, `each cost ${each.toFixed(1)} ms`)
    },
  }
}

/**
 * A message that has to be received before it can be refused: what somebody offers who comes back may be as large, and
 * a frame's header does not say which it is. What receiving takes is the socket's; only the rest is the product's.
 */
function cheapOnceReceived(name: string, make: () => Uint8Array): Case {
  return {
    name,
    held: `refused for less than ${MAX_OWN_MS} ms of the event loop beside receiving it`,
    run: async (world) => {
      const update = make()
      // A busy machine makes each of both dearer and none cheaper, so the cheapest are compared.
      const received: number[] = []
      const refused: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        received.push(await receivingMs(update, REPEATS))
        refused.push(await refusalMs(world, update))
      }
      costs.giantReceivedMs = Math.min(...received)
      costs.giantOwnMs = Math.max(0, Math.min(...refused) - costs.giantReceivedMs)
      await must(
        costs.giantOwnMs < MAX_OWN_MS,
        `each cost ${costs.giantOwnMs.toFixed(1)} ms beside ${costs.giantReceivedMs.toFixed(1)} ms of receiving`,
      )
    },
  }
}

/** Within all limits, or not: whatever is done with it, the event loop is not held for long. */
function bounded(
  name: string,
  limitMs: number,
  make: (world: World) => readonly Uint8Array[],
): Case {
  return {
    name,
    held: `costs less than ${limitMs} ms, taken or not`,
    run: async (world) => {
      const document = world.file('src/spare.ts')
      const socket = await world.joined('builder', document)
      const updates = make(world)
      await pause(200)
      const ms = await measured(world, async () => {
        for (const update of updates) socket.sync(document, SYNC.update, update)
        socket.message(document, 3)
        await pause(1_500)
        await world.api('owner').call('GET', `/api/apps/${world.app.slug}/files`)
      })
      costs.worstBombMs = Math.max(costs.worstBombMs, ms)
      await must(ms < limitMs, `cost ${ms.toFixed(0)} ms`)
    },
  }
}

export const bombs: Family = {
  name: 'bombs',
  cases: [
    cheapOnceReceived('a giant', () => typed('x'.repeat(900_000))),
    cheap('counts beyond the bytes', () => new Uint8Array([1, 255, 255, 255, 127, 7, 0])),
    cheap('250 KB of other types', () =>
      typed('', (doc) => doc.getArray('text').insert(0, [{ big: 'x'.repeat(250_000) }])),
    ),
    cheap('250 KB of text with a CR at its end', () => typed(`${'x'.repeat(250_000)}\r`)),
    cheap('250 KB of small pieces with a foreign one at the end', () => {
      const client = someClient()
      return forged([
        {
          client,
          clock: 0,
          pieces: [
            ...letters(20_000, (index) =>
              index === 0 ? { text: 'a' } : { text: 'a', left: [client, index - 1] },
            ),
            { skip: 1 },
          ],
        },
      ])
    }),
    cheap(
      '250 KB of pieces beyond a far gap, offered on joining',
      () => {
        const client = someClient()
        const pieces = letters(20_000, (index) => ({
          text: 'a',
          left: [client, 999_999 + index] as const,
        }))
        return forged([{ client, clock: 1_000_000, pieces }])
      },
      { step: SYNC.step2 },
    ),
    cheap('180 KB of small pieces and a byte after their end', () => {
      const pieces = letters(20_000, () => ({ text: 'a' }))
      return new Uint8Array([...forged([{ client: someClient(), clock: 0, pieces }]), 0])
    }),
    ...[2_000, 25_000].map((count) =>
      cheap(`${count} pieces at one place`, () =>
        forged([{ client: someClient(), clock: 0, pieces: letters(count, () => ({ text: 'a' })) }]),
      ),
    ),
    cheap(
      '250 KB of small pieces from who may not write',
      () => {
        const client = someClient()
        const pieces = letters(25_000, (index) =>
          index === 0 ? { text: 'a' } : { text: 'a', left: [client, index - 1] },
        )
        return forged([{ client, clock: 0, pieces }])
      },
      { role: 'viewer' },
    ),
    bounded('two clients whose pieces wait for each other in turn', 250, () => {
      const [one, other] = [someClient(), someClient()]
      return [
        forged([
          {
            client: one,
            clock: 0,
            pieces: letters(6_000, (index) =>
              index === 0 ? { text: 'a' } : { text: 'a', left: [other, index - 1] },
            ),
          },
          {
            client: other,
            clock: 0,
            pieces: letters(6_000, (index) => ({ text: 'b', left: [one, index] })),
          },
        ]),
      ]
    }),
    bounded('thousands of pieces of two clients at one place', 400, () => {
      const [low, high] = [someClient() % 1_000_000, 2 ** 31 + (someClient() % 1_000_000)]
      const pieces = letters(10_000, () => ({ text: 'a' }))
      return [
        forged([{ client: low, clock: 0, pieces }]),
        forged([{ client: high, clock: 0, pieces }]),
      ]
    }),
    cheap(
      '250 KB of deletions of what is not there, offered on joining',
      () => {
        const ranges = Array.from({ length: 50_000 }, (_, index) => [index * 2, 1] as const)
        return forged([], [{ client: 5, ranges }])
      },
      { step: SYNC.step2 },
    ),
    {
      name: 'a pile of tiny pieces, a little at a time',
      held: 'comes to an end with file:pieces; the file still opens at once',
      run: async (world) => {
        const document = world.file('src/pile.ts')
        await fillUp(world, document)
        const began = performance.now()
        await world.joined('maintainer', document)
        const took = performance.now() - began
        await must(took < 2_000, `it took ${took.toFixed(0)} ms to open`)
      },
    },
    {
      name: 'a key more for the pile, again and again',
      held: `refused for less than ${MAX_COST_MS} ms of the event loop; whoever types on stays`,
      run: async (world) => {
        const update = typed('a')
        const each = await refusalMs(world, update, { path: 'src/pile.ts' })
        await must(each < MAX_COST_MS, `each cost ${each.toFixed(1)} ms`)
        const document = world.file('src/pile.ts')
        const socket = await world.joined('builder', document)
        for (let time = 0; time < 110; time += 1) socket.update(document, update)
        const told = (): number => socket.heard.filter((one) => one.what === 'told').length
        await soon(() => told() >= 110 || socket.ended !== null, 'no answer')
        await must(socket.ended === null, `was cut: ${socket.summary()}`)
      },
    },
    ...[900, 10_000].map((count): Case => ({
      name: `${count} more for the pile`,
      held: `refused for less than ${MAX_COST_MS} ms of the event loop; who goes on is cut`,
      run: async (world) => {
        const document = world.file('src/pile.ts')
        // At the beginning of all that is there, which is where finding its place takes longest.
        const update = forged([
          { client: someClient(), clock: 0, pieces: letters(count, () => ({ text: 'a' })) },
        ])
        const each = await refusalMs(world, update, { path: 'src/pile.ts' })
        await must(each < MAX_COST_MS, `each cost ${each.toFixed(1)} ms`)
        const socket = await world.joined('builder', document)
        for (let time = 0; time < 110; time += 1) socket.update(document, update)
        await cut(socket, 4429)
      },
    })),
  ],
}
