/** The three servers that are measured, behind one face: started fresh for every measure, spoken to on a unix socket. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manyPieces, plainText } from './contents.ts'
import type { Question } from './probe.ts'
import { HOCUSPOCUS, Y_WEBSOCKET, type Protocol } from './protocols.ts'
import { openRelpin } from './relpin.ts'
import { ServerProcess } from './server-process.ts'

export const NAMES = ['relpin', 'hocuspocus', 'y-websocket'] as const
export type Name = (typeof NAMES)[number]

/** What every document has in storage: nothing, 2 KB of text, or 200 KB in 20,000 pieces. */
export type Stored = 'nothing' | 'text' | 'pieces'

export type Running = {
  readonly protocol: Protocol
  readonly socketPath: string
  /** Names of so many documents that this process has not had in memory. */
  readonly documents: (count: number) => readonly string[]
  /** A token for one of several people who may write. */
  readonly token: (person: number) => string
  readonly ask: (question: Question) => Promise<number>
  /** Processor time of the database so far in milliseconds; 0 for a server without one. */
  readonly databaseCpuMs: () => Promise<number>
  readonly stop: () => Promise<void>
}

export type Subject = {
  readonly name: Name
  readonly start: (stored: Stored) => Promise<Running>
}

type Subjects = {
  readonly all: readonly Subject[]
  readonly close: () => Promise<void>
}

export async function openSubjects(): Promise<Subjects> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-collab-'))
  const relpin = await openRelpin(join(folder, 'data'))
  return {
    all: [
      relpin.subject,
      await peer('hocuspocus', HOCUSPOCUS, folder),
      await peer('y-websocket', Y_WEBSOCKET, folder),
    ],
    close: async () => {
      await relpin.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Has no database: what it loads lies in a file, which is quicker than any. */
async function peer(name: Name, protocol: Protocol, folder: string): Promise<Subject> {
  const script = new URL(`peers/${name}.ts`, import.meta.url)
  const files = { text: join(folder, `${name}-text`), pieces: join(folder, `${name}-pieces`) }
  await writeFile(files.text, plainText())
  await writeFile(files.pieces, manyPieces().whole)
  let started = 0
  return {
    name,
    start: async (stored) => {
      started += 1
      const socketPath = join(folder, `${name}-${started}.sock`)
      const server = await ServerProcess.start(script, {
        BENCH_SOCKET: socketPath,
        ...(stored === 'nothing' ? {} : { BENCH_STORED: files[stored] }),
      })
      let documents = 0
      return {
        protocol,
        socketPath,
        documents: (count) => Array.from({ length: count }, () => `bench-${(documents += 1)}`),
        token: () => 'anybody',
        ask: (question) => server.ask(question),
        databaseCpuMs: () => Promise.resolve(0),
        stop: () => server.stop(),
      }
    },
  }
}
