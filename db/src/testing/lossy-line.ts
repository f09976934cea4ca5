/** A line to PostgreSQL on which the answer to a commit can be lost: the database has it, and nobody is told. */
import { connect, createServer, type Socket } from 'node:net'

type LossyLine = AsyncDisposable & {
  readonly url: string
  /** The next commit through here is carried out, and its connection ends without an answer. */
  readonly loseNextCommit: () => Promise<void>
}

/** The protocol's word that a transaction is over. */
const COMMITTED = Buffer.from('COMMIT\0')

export async function lossyLine(databaseUrl: string): Promise<LossyLine> {
  const there = new URL(databaseUrl)
  const open = new Set<Socket>()
  let lost: (() => void) | null = null
  const server = createServer((client) => {
    const database = connect(Number(there.port), there.hostname)
    const end = (): void => {
      client.destroy()
      database.destroy()
      open.delete(client)
    }
    open.add(client)
    for (const socket of [client, database]) socket.on('error', end).on('close', end)
    client.pipe(database)
    database.on('data', (answer: Buffer) => {
      if (!lost || !answer.includes(COMMITTED)) return void client.write(answer)
      lost()
      lost = null
      end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    loseNextCommit: () => new Promise((resolve) => (lost = resolve)),
    [Symbol.asyncDispose]: async () => {
      for (const client of open) client.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
