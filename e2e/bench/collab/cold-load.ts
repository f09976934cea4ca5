/** From connecting to having all of a document that the server has to load first: 200 KB in 20,000 pieces. */
import * as Y from 'yjs'
import { percentile } from '../parts/statistics.ts'
import { PIECES } from './contents.ts'
import { join } from './join.ts'
import type { Running } from './subjects.ts'

const DOCUMENTS = 6

/** Milliseconds, the median over the documents. Throws when what comes is not the whole text. */
export async function coldLoad(running: Running): Promise<number> {
  const taken: number[] = []
  for (const document of running.documents(DOCUMENTS)) {
    const began = performance.now()
    const { client, state } = await join(running, document, 0)
    taken.push(performance.now() - began)
    client.close()
    const doc = new Y.Doc()
    Y.applyUpdate(doc, state)
    const { length } = doc.getText('text')
    if (length !== PIECES * 10) throw new Error(`${length} letters came instead of ${PIECES * 10}`)
    doc.destroy()
  }
  return percentile(taken, 0.5)
}
