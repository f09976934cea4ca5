/** Bare Hocuspocus on a unix socket. What it is to load from storage lies in a file, without any database. */
import { readFile } from 'node:fs/promises'
import { Server } from '@hocuspocus/server'

const [socket, stored] = [process.env['BENCH_SOCKET'] ?? '', process.env['BENCH_STORED'] ?? '']
const server = new Server({
  quiet: true,
  ...(stored === '' ? {} : { onLoadDocument: async () => new Uint8Array(await readFile(stored)) }),
})
server.httpServer.listen(socket, () => {
  process.send?.('ready')
})
process.on('SIGTERM', () => process.exit(0))
