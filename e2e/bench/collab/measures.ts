/** What is measured of each server, one after the other, each on a freshly started process. */
import { percentile } from '../parts/statistics.ts'
import { coldLoad } from './cold-load.ts'
import { diskFlush } from './disk-flush.ts'
import { highestRate } from './highest-rate.ts'
import { idleHeap } from './idle-heap.ts'
import { manyDocuments } from './many-documents.ts'
import type { Name, Running, Stored } from './subjects.ts'
import { replay, type Trace } from './trace.ts'
import { typeInto } from './typing.ts'

type Figures = Readonly<Record<string, number>>

type Measure = {
  readonly what: string
  readonly stored: Stored
  readonly run: (running: Running, name: Name) => Promise<Figures>
}

type Effort = {
  readonly latencySeconds: number
  readonly trialSeconds: number
  readonly confirmSeconds: number
  readonly documents: number
  readonly documentSeconds: number
}

export const THOROUGH: Effort = {
  latencySeconds: 6,
  trialSeconds: 1.5,
  confirmSeconds: 10,
  documents: 2_000,
  documentSeconds: 4,
}
export const QUICK: Effort = {
  latencySeconds: 4,
  trialSeconds: 1,
  confirmSeconds: 2.5,
  documents: 500,
  documentSeconds: 3,
}

/** Starting points of the search for the highest rate; each round begins with what the one before found. */
const FIRST_GUESS: Readonly<Record<Name, number>> = {
  relpin: 20_000,
  hocuspocus: 12_000,
  'y-websocket': 5_000,
}

export function measures(effort: Effort, trace: Trace): readonly Measure[] {
  const latency = (clients: number): Measure => ({
    what: `${clients} clients at 200 updates/s`,
    stored: 'nothing',
    run: async (running, name) => {
      const [document = ''] = running.documents(1)
      // Its first seconds are the server's warming up, and not what people wait for all day.
      const load = { typists: clients, rate: 200, watchingTypists: 8, patient: true }
      const [warm = ''] = running.documents(1)
      await typeInto(running, warm, { ...load, seconds: 1.5 })
      const outcome = await typeInto(running, document, { ...load, seconds: effort.latencySeconds })
      if (!outcome.complete) throw new Error('keystrokes were lost at 200 updates a second')
      return {
        [`p50_${clients}`]: percentile(outcome.latencies, 0.5),
        [`p99_${clients}`]: percentile(outcome.latencies, 0.99),
        ...(name === 'relpin' && clients === 20 ? await diskFlush() : {}),
      }
    },
  })
  const rate = (typists: number, key: string): Measure => {
    const found = new Map<Name, number>()
    return {
      what: `highest rate from ${typists === 1 ? 'one connection' : `${typists} connections`}`,
      stored: 'nothing',
      run: async (running, name) => {
        const from = found.get(name) ?? FIRST_GUESS[name]
        const highest = await highestRate(running, { typists, from, ...effort })
        found.set(name, highest)
        return { [key]: highest }
      },
    }
  }
  return [
    latency(20),
    latency(100),
    rate(1, 'rate_one'),
    rate(64, 'rate_many'),
    {
      what: 'processor time at 2,000 updates/s from 64 connections',
      stored: 'nothing',
      run: async (running) => {
        const load = { typists: 64, rate: 2_000, watchingTypists: 0, patient: true }
        const [warm = '', document = ''] = running.documents(2)
        await typeInto(running, warm, { ...load, seconds: 2 })
        const outcome = await typeInto(running, document, { ...load, seconds: 4 })
        return {
          cpu: outcome.cpuMs / outcome.sent,
          cpu_with_database: (outcome.cpuMs + outcome.databaseCpuMs) / outcome.sent,
        }
      },
    },
    {
      what: `${effort.documents} documents at a keystroke a second each`,
      stored: 'nothing',
      run: async (running) => {
        const found = await manyDocuments(running, effort.documents, effort.documentSeconds)
        return {
          p50_documents: found.p50,
          p99_documents: found.p99,
          cpu_documents: found.cpuPerUpdate,
        }
      },
    },
    {
      what: 'cold load of 200 KB in 20,000 pieces',
      stored: 'pieces',
      run: async (running) => ({ cold_load: await coldLoad(running) }),
    },
    {
      what: 'heap of an idle open document',
      stored: 'text',
      run: async (running) => ({ heap: (await idleHeap(running)) / 1024 }),
    },
    {
      what: `replay of the trace ${trace.name}`,
      stored: 'nothing',
      run: async (running) => ({ trace: await replay(running, trace) }),
    },
  ]
}
