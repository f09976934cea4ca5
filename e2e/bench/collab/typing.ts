/** People who type into one document at a steady rate, whatever the server makes of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../parts/statistics.ts'
import { join } from './join.ts'
import { Typist } from './keystrokes.ts'
import type { RawClient } from './raw-client.ts'
import type { Running } from './subjects.ts'
import { Watcher } from './watcher.ts'

export type Load = {
  readonly typists: number
  /** Keystrokes a second of all of them together. */
  readonly rate: number
  readonly seconds: number
  /** Typists whose documents are watched; 0 for a peer that only watches. */
  readonly watchingTypists: number
  /** Whether to go on with a server that is far behind, or to see at once that the rate is too high. */
  readonly patient: boolean
}

export type Outcome = {
  /** Milliseconds from a key to the same letter in a peer's document, one for each key and peer. */
  readonly latencies: readonly number[]
  readonly sent: number
  /** Of `sent`, not yet at the first peer when the last was sent. */
  readonly backlog: number
  /** All of it arrived, soon after the end. */
  readonly complete: boolean
  /** This process could send as fast as it was to. */
  readonly keptUp: boolean
  readonly cpuMs: number
  readonly databaseCpuMs: number
}

/** When the first peer is so far behind, the rest would only be waiting. */
const HOPELESS_MS = 600
const DRAIN_MS = 1_500
const PATIENT_DRAIN_MS = 10_000

type Line = { readonly typist: Typist; readonly client: RawClient; readonly sentAt: number[] }

export async function typeInto(running: Running, document: string, load: Load): Promise<Outcome> {
  const lines = new Map<number, Line>()
  const latencies: number[] = []
  let arrived = 0
  const watch = (own: number, first: boolean) => (clientId: number, from: number, to: number) => {
    const line = lines.get(clientId)
    if (!line) return
    if (first) arrived += to - from
    if (clientId === own) return
    const now = performance.now()
    for (let clock = from; clock < to; clock += 1) latencies.push(now - (line.sentAt[clock] ?? now))
  }
  const watchers: Watcher[] = []
  if (load.watchingTypists === 0)
    watchers.push(await Watcher.open(running, document, 0, watch(0, true)))
  for (let at = 0; at < load.typists; at += 1) {
    const typist = new Typist(running.protocol, document)
    let client: RawClient
    // Spread over the order in which they joined, which is the order in which they are served.
    const nth = Math.ceil(load.typists / Math.max(1, load.watchingTypists))
    if (load.watchingTypists > 0 && at % nth === 0) {
      const watcher = await Watcher.open(
        running,
        document,
        at,
        watch(typist.clientId, watchers.length === 0),
      )
      watchers.push(watcher)
      client = watcher.client
    } else client = (await join(running, document, at)).client
    lines.set(typist.clientId, { typist, client, sentAt: [] })
  }
  const [cpu, databaseCpu] = [await running.ask('cpu'), await running.databaseCpuMs()]
  const typed = await type([...lines.values()], load, () => arrived)
  const until = performance.now() + (load.patient ? PATIENT_DRAIN_MS : DRAIN_MS)
  while (arrived < typed.sent && performance.now() < until) await delay(5)
  const outcome: Outcome = {
    latencies,
    sent: typed.sent,
    backlog: typed.backlog,
    complete: arrived === typed.sent && typed.finished,
    keptUp: typed.keptUp,
    cpuMs: (await running.ask('cpu')) - cpu,
    databaseCpuMs: (await running.databaseCpuMs()) - databaseCpu,
  }
  for (const { client } of lines.values()) client.close()
  for (const { client, doc } of watchers) {
    client.close()
    doc.destroy()
  }
  return outcome
}

type Typed = {
  readonly sent: number
  readonly backlog: number
  readonly finished: boolean
  readonly keptUp: boolean
}

async function type(
  lines: readonly Line[],
  { rate, seconds, patient }: Load,
  arrived: () => number,
): Promise<Typed> {
  const total = Math.round(rate * seconds)
  const hopeless = (rate * HOPELESS_MS) / 1000
  const started = performance.now()
  let sent = 0
  let late = 0
  while (sent < total) {
    await delay(1)
    const now = performance.now()
    const due = Math.min(total, Math.floor(((now - started) / 1000) * rate))
    // More than a tenth of a second at once is no steady typing any more.
    if (due - sent > rate / 10) late += due - sent
    write(lines, sent, due, now)
    sent = due
    if (!patient && sent - arrived() > hopeless + 50) break
  }
  return {
    sent,
    backlog: sent - arrived(),
    finished: sent === total,
    keptUp: late < total / 50,
  }
}

function write(lines: readonly Line[], from: number, to: number, now: number): void {
  const frames = new Map<Line, Buffer[]>()
  for (let key = from; key < to; key += 1) {
    const line = lines[key % lines.length] as Line
    line.sentAt.push(now)
    const its = frames.get(line)
    if (its) its.push(line.typist.next())
    else frames.set(line, [line.typist.next()])
  }
  for (const [{ client }, its] of frames) client.write(Buffer.concat(its))
}

/** Ten seconds without a backlog, and 99 of 100 keys at the peer within a tenth of a second. */
export function isSustained(
  { latencies, backlog, complete, keptUp }: Outcome,
  rate: number,
): boolean {
  return complete && keptUp && backlog <= rate / 10 && percentile(latencies, 0.99) < 100
}
