/** Many documents at once, in each of them one person who types a letter a second, and one who watches. */
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../parts/statistics.ts'
import { join } from './join.ts'
import { Typist } from './keystrokes.ts'
import type { RawClient } from './raw-client.ts'
import type { Running } from './subjects.ts'
import { Watcher } from './watcher.ts'

type ManyDocuments = {
  readonly p50: number
  readonly p99: number
  /** Milliseconds of the server's processor time for a keystroke. */
  readonly cpuPerUpdate: number
}

const AT_ONCE = 50

type Room = { readonly typist: Typist; readonly client: RawClient; sentAt: number }

export async function manyDocuments(
  running: Running,
  count: number,
  seconds: number,
): Promise<ManyDocuments> {
  const latencies: number[] = []
  const watchers: Watcher[] = []
  const open = async (document: string, at: number): Promise<Room> => {
    const typist = new Typist(running.protocol, document)
    const { client } = await join(running, document, at)
    const room: Room = { typist, client, sentAt: 0 }
    const seen = (clientId: number): void => {
      if (clientId === typist.clientId) latencies.push(performance.now() - room.sentAt)
    }
    watchers.push(await Watcher.open(running, document, at + 1, seen))
    return room
  }
  const rooms: Room[] = []
  const documents = running.documents(count)
  for (let at = 0; at < count; at += AT_ONCE) {
    const some = documents.slice(at, at + AT_ONCE)
    rooms.push(...(await Promise.all(some.map((name, index) => open(name, at + index)))))
  }
  await delay(1_000)
  const cpu = await running.ask('cpu')
  const began = performance.now()
  const total = count * seconds
  for (let sent = 0; sent < total;) {
    await delay(1)
    const now = performance.now()
    const due = Math.min(total, Math.floor(((now - began) / 1000) * count))
    for (; sent < due; sent += 1) {
      const room = rooms[sent % count] as Room
      room.sentAt = now
      room.client.write(room.typist.next())
    }
  }
  await delay(500)
  const used = (await running.ask('cpu')) - cpu
  for (const { client } of rooms) client.close()
  for (const { client, doc } of watchers) {
    client.close()
    doc.destroy()
  }
  if (latencies.length < total)
    throw new Error(`${total - latencies.length} of ${total} keystrokes did not arrive`)
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuPerUpdate: used / total,
  }
}
