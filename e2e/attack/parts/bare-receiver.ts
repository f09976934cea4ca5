/** A process of its own that receives WebSocket messages and does nothing with them: what receiving alone costs here. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import WebSocket, { WebSocketServer } from 'ws'
import { mainThread } from './server-process.ts'

const READY = 'ready'

/** Milliseconds of an event loop that each of so many messages takes until it is there, over a line as the product's. */
export async function receivingMs(message: Uint8Array, times: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-attack-'))
  const path = join(folder, 'bare.sock')
  const child = fork(fileURLToPath(import.meta.url), [path])
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => {
        resolve()
      })
      child.once('exit', () => {
        reject(new Error('the bare receiver ended'))
      })
    })
    const socket = new WebSocket(`ws+unix:${path}:/`, { perMessageDeflate: false })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const before = await mainThread(child.pid ?? 0)
    let answers = 0
    const done = new Promise<void>((resolve) => {
      socket.on('message', () => {
        answers += 1
        if (answers === times) resolve()
      })
    })
    for (let time = 0; time < times; time += 1) socket.send(message)
    await done
    const after = await mainThread(child.pid ?? 0)
    socket.terminate()
    return (after.ranMs - before.ranMs) / times
  } finally {
    child.kill('SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
}

function receive(path: string): void {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    socket.on('message', () => {
      socket.send('received')
    })
  })
  server.listen(path, () => process.send?.(READY))
}

const [, script, path] = process.argv
if (script === fileURLToPath(import.meta.url) && path !== undefined) receive(path)
