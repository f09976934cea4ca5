/** Puts a tree of files into a folder, and tells later what differs from it. */
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { constants, type BigIntStats } from 'node:fs'
import type { ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { frame, readFrames } from './frames.ts'

const MAX_FILE_BYTES = 256 * 1024 * 1024

type Known = { readonly stamp: string; readonly digest: string }
/** What was put, by folder and path. */
const known = new Map<string, Map<string, Known>>()

/** The first frame names the folder; each further one is a file to write, or a path to remove. */
export async function put(stream: ServerHttp2Stream): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), '.put-'))
  try {
    let folder: string | null = null
    for await (const { head, bytes } of readFrames(stream, MAX_FILE_BYTES)) {
      if (folder === null) ({ folder } = head as { folder: string })
      else await putOne(folder, head as PutHead, bytes, join(temporary, 'next'))
    }
    finish(stream, { ok: true })
  } catch (error) {
    finish(stream, { ok: false, why: (error as Error).message })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

type PutHead = { readonly path: string; readonly remove?: boolean; readonly executable?: boolean }

/** Whoever watches the folder sees a whole file or none. */
async function putOne(folder: string, head: PutHead, bytes: Buffer, next: string): Promise<void> {
  const target = join(folder, head.path)
  const files = known.get(folder) ?? new Map<string, Known>()
  known.set(folder, files)
  if (head.remove) {
    files.delete(head.path)
    await rm(target, { recursive: true, force: true })
    return
  }
  await mkdir(dirname(target), { recursive: true })
  await writeFile(next, bytes, { mode: head.executable ? 0o755 : 0o644 })
  await rename(next, target)
  const stamp = stampOf(await lstat(target, { bigint: true }))
  files.set(head.path, { stamp, digest: digestOf(bytes) })
}

export type ChangesOrder = {
  readonly folder: string
  /** `nothing`: every file there is. */
  readonly since: 'put' | 'nothing'
  /** Names of folders and files that are left out, at every depth. */
  readonly ignore: readonly string[]
  readonly maxFiles: number
  readonly maxBytes: number
}

/** One frame for each difference, and a last one that says whether that was all. */
export async function changes(stream: ServerHttp2Stream, order: ChangesOrder): Promise<void> {
  stream.respond({ ':status': 200 })
  const files = (order.since === 'put' ? known.get(order.folder) : null) ?? new Map<string, Known>()
  const ignored = new Set(order.ignore)
  const met = new Set<string>()
  const left = { files: order.maxFiles, bytes: order.maxBytes }
  const send = async (head: unknown, bytes?: Buffer): Promise<boolean> => {
    left.files -= 1
    left.bytes -= bytes?.length ?? 0
    if (left.files < 0 || left.bytes < 0 || stream.destroyed) return false
    if (!stream.write(frame(head, bytes))) await drained(stream)
    return true
  }
  const walk = async (below: string): Promise<boolean> => {
    const entries = await readdir(join(order.folder, below), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (ignored.has(entry.name)) continue
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) {
        if (!(await walk(path))) return false
        continue
      }
      met.add(path)
      if (!entry.isFile()) {
        if (!(await send({ kind: 'skipped', path }))) return false
        continue
      }
      const found = await changed(join(order.folder, path), files.get(path), left.bytes)
      if (found === 'too-large') return false
      if (
        found &&
        !(await send({ kind: 'written', path, executable: found.executable }, found.bytes))
      )
        return false
    }
    return true
  }
  const tellAll = async (): Promise<boolean> => {
    if (!(await walk(''))) return false
    for (const path of files.keys()) {
      if (met.has(path) || path.split('/').some((name) => ignored.has(name))) continue
      if (!(await send({ kind: 'deleted', path }))) return false
    }
    return true
  }
  // What changes or vanishes while it is read makes the answer a part.
  const complete = await tellAll().catch(() => false)
  if (!stream.destroyed) stream.end(frame({ kind: 'end', complete }))
}

type Content = { readonly bytes: Buffer; readonly executable: boolean }

async function changed(
  path: string,
  before: Known | undefined,
  room: number,
): Promise<Content | 'too-large' | null> {
  const stats = await lstat(path, { bigint: true })
  if (before?.stamp === stampOf(stats)) return null
  if (stats.size > room) return 'too-large'
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const bytes = await file.readFile()
    if (before?.digest === digestOf(bytes)) return null
    return { bytes, executable: (stats.mode & 0o100n) !== 0n }
  } finally {
    await file.close()
  }
}

/** Changes with every write; nobody inside can set back the last of them. */
function stampOf(stats: BigIntStats): string {
  return `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
  })
}

function finish(stream: ServerHttp2Stream, answer: unknown): void {
  if (stream.destroyed) return
  stream.respond({ ':status': 200 })
  stream.end(JSON.stringify(answer))
}
