/** What must be true before anything is started: the port is free, and there is room on the disk. */
import { once } from 'node:events'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PlainError } from '../plain-error.ts'

const MEGABYTE = 1_000_000
const NEEDED_BYTES = 500 * MEGABYTE

/**
 * Throws `PlainError` unless the port can be listened on, on every address. `patienceMs` waits for services of a
 * product that was just killed, which end a moment later.
 */
export async function checkPort(
  port: number,
  patienceMs = 0,
  command = 'npm start',
): Promise<void> {
  const until = Date.now() + patienceMs
  for (;;) {
    const code = (await tryListen(port, '127.0.0.1')) ?? (await tryListen(port, undefined))
    if (code === null) return
    if (code === 'EACCES') {
      throw new PlainError(
        `You may not listen on port ${port}. Choose one above 1023: PORT=3000 ${command}`,
      )
    }
    if (Date.now() >= until) {
      throw new PlainError(
        `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1} ${command}`,
      )
    }
    await delay(100)
  }
}

async function tryListen(port: number, host: string | undefined): Promise<string | null> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code ?? 'EADDRINUSE'
  }
}

/** Makes the folder and sees that it can be written and has room. Throws `PlainError`. */
export async function checkDataFolder(folder: string, needed = NEEDED_BYTES): Promise<void> {
  const probe = join(folder, `.probe-${process.pid}`)
  try {
    // Others may pass through (the database's user must) but not look; what is secret inside is 0600.
    await mkdir(folder, { recursive: true, mode: 0o711 })
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    if (free < needed) {
      throw new PlainError(
        `Only ${Math.floor(free / MEGABYTE)} MB are free on the disk of ${folder}, and Relpin needs ${Math.ceil(needed / MEGABYTE)} MB. Free some space, or set RELPIN_DATA to a folder on another disk.`,
      )
    }
    await writeFile(probe, '')
    await rm(probe)
  } catch (error) {
    if (error instanceof PlainError) throw error
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOSPC'
        ? 'the disk is full'
        : code === 'EROFS'
          ? 'the disk is read-only'
          : code === 'EACCES' || code === 'EPERM'
            ? 'you may not write there'
            : String(code)
    throw new PlainError(
      `The data folder ${folder} cannot be used: ${why}. Set RELPIN_DATA to another folder.`,
    )
  }
}
