/** What an open document costs while nobody types: 2 KB of text, two people in it. */
import { setTimeout as delay } from 'node:timers/promises'
import { join } from './join.ts'
import type { RawClient } from './raw-client.ts'
import type { Running } from './subjects.ts'

const WARM_UP = 20
const DOCUMENTS = 400

/** Bytes a document, of the heap after a collection. */
export async function idleHeap(running: Running): Promise<number> {
  const clients: RawClient[] = []
  const open = async (count: number): Promise<void> => {
    for (const document of running.documents(count)) {
      clients.push((await join(running, document, 0)).client)
      clients.push((await join(running, document, 1)).client)
    }
    // What opening has put off is done, too.
    await delay(500)
  }
  await open(WARM_UP)
  const before = await running.ask('heap')
  await open(DOCUMENTS)
  const after = await running.ask('heap')
  for (const client of clients) client.close()
  return (after - before) / DOCUMENTS
}
