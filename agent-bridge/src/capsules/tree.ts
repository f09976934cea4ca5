/** Trees of files in and out of a capsule: what is put in, and what differs from it afterwards. */
import type { ClientHttp2Stream } from 'node:http2'
import { once } from 'node:events'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import {
  CapsuleError,
  type ChangeLimits,
  type TreeChanges,
  type TreeFile,
  type WrittenFile,
} from './driver.ts'
import { frame, readFrames } from './inside/frames.ts'
import type { ChangesOrder } from './inside/tree.ts'

/** The heads of what a capsule says are its own say: bounded and checked like all of it. */
const MAX_PATHS = 100_000

/** Resolves when all of it is there. Throws a `CapsuleError` when it does not fit. */
export async function putTree(
  stream: ClientHttp2Stream,
  answer: Promise<{ readonly ok: boolean; readonly why?: string }>,
  folder: string,
  files: Iterable<TreeFile> | AsyncIterable<TreeFile>,
): Promise<void> {
  answer.catch(() => undefined)
  await write(stream, frame({ folder }))
  for await (const file of files) {
    const { path } = file
    if ('remove' in file) await write(stream, frame({ path, remove: true }))
    else await write(stream, frame({ path, executable: file.executable }, file.content))
  }
  stream.end()
  const { ok, why } = await answer
  if (!ok) throw new CapsuleError(`The files could not be put into the capsule: ${why ?? ''}.`)
}

async function write(stream: ClientHttp2Stream, bytes: Buffer): Promise<void> {
  if (stream.destroyed) throw new CapsuleError('The capsule has ended.')
  if (stream.write(bytes)) return
  await Promise.race([once(stream, 'drain'), once(stream, 'close')])
}

export async function readChanges(
  stream: ClientHttp2Stream,
  folder: string,
  limits: ChangeLimits,
): Promise<TreeChanges> {
  const { maxFiles, maxBytes, ignore = [], since = 'put' } = limits
  const order: ChangesOrder = { folder, since, ignore, maxFiles, maxBytes }
  stream.pause()
  stream.end(frame(order))
  const changes = { written: [] as WrittenFile[], deleted: [] as string[], skipped: [] as string[] }
  let [count, bytesLeft] = [0, maxBytes]
  try {
    for await (const { head, bytes } of readFrames(stream as AsyncIterable<Buffer>, maxBytes)) {
      const { kind, path, complete, executable } = head as Record<string, unknown>
      if (kind === 'end') return { ...changes, complete: complete === true }
      count += 1
      bytesLeft -= bytes.length
      if (count > Math.min(maxFiles, MAX_PATHS) || bytesLeft < 0 || typeof path !== 'string') break
      if (kind === 'deleted') changes.deleted.push(path)
      else if (kind !== 'written' || pathProblem(path)) changes.skipped.push(path)
      else changes.written.push({ path, content: bytes, executable: executable === true })
    }
  } catch {
    // It ended in the middle, or says what cannot be read.
  } finally {
    stream.destroy()
  }
  return { ...changes, complete: false }
}
