/** From connecting to having all of a document that the server has to load first: 200 KB in 20,000 pieces. */
import { setTimeout as delay } from 'node:timers/promises'
import * as Y from 'yjs'
import { percentile } from '../parts/statistics.ts'
import { PIECES } from './contents.ts'
import { join } from './join.ts'
import type { Running } from './subjects.ts'

const DOCUMENTS = 6
const BETWEEN_MS = 300

/** Milliseconds, the median over the documents. Throws when what comes is not the whole text. */
export async function coldLoad(running: Running): Promise<number> {
  const taken: number[] = []
  for (const document of running.documents(DOCUMENTS)) {
    const began = performance.now()
    const { client, state } = await join(running, document, 0)
    taken.push(performance.now() - began)
    client.close()
    // One person opens one document: what the server puts off for later is over before the next one comes.
    await delay(BETWEEN_MS)
    const doc = new Y.Doc()
    for (const update of state) Y.applyUpdate(doc, update)
    const { length } = doc.getText('text')
    if (length !== PIECES * 10) throw new Error(`${length} letters came instead of ${PIECES * 10}`)
    doc.destroy()
  }
  return percentile(taken, 0.5)
}
