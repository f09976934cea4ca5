/** Joins a document as a person would, and resolves when its state has come. */
import { RawClient, skip } from './raw-client.ts'
import type { Running } from './subjects.ts'

const WITHIN_MS = 20_000

/** What came, in order; all of it together is the state. */
export type Joined = { readonly client: RawClient; readonly state: readonly Uint8Array[] }

/** The client throws away what comes afterwards, until it is told otherwise. Throws when no state comes. */
export async function join(running: Running, document: string, person: number): Promise<Joined> {
  const { protocol, socketPath } = running
  const client = await RawClient.open(socketPath, protocol.url(document))
  const came: Uint8Array[] = []
  const state = await new Promise<readonly Uint8Array[]>((resolve, reject) => {
    const late = setTimeout(() => {
      client.close()
      reject(new Error(`${document} was not opened`))
    }, WITHIN_MS)
    client.onMessage((message) => {
      const incoming = protocol.read(message)
      if (incoming) came.push(incoming.bytes)
      if (incoming?.kind !== 'state') return
      clearTimeout(late)
      client.onMessage(skip)
      resolve(came)
    })
    for (const one of protocol.join(document, running.token(person))) client.send(one)
  })
  return { client, state }
}
