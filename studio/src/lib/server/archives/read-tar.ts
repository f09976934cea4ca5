/** Reads a tar or tar.gz from memory. Links and devices are refused, sizes are counted as they come out. */
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { ProblemError } from '#lib/server/api/problems.ts'
import { budget, refuseArchive, refuseEntry, type Budget } from './budget.ts'
import { readEntryName } from './entry-name.ts'
import type { UnpackedEntry } from './unpack.ts'

const KINDS: Readonly<Record<string, string>> = {
  link: 'is a hard link',
  symlink: 'is a symbolic link',
  'character-device': 'is a device',
  'block-device': 'is a device',
  fifo: 'is a pipe',
}

/** All entries in the archive's order. Throws the refusal of the whole archive. */
export async function readTar(
  bytes: Buffer,
  limits: Budget = budget(),
): Promise<readonly UnpackedEntry[]> {
  const entries: UnpackedEntry[] = []
  const tar = extract()
  const source = Readable.from(slices(bytes))
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  const ahead = headerBrake()
  const flow = gzipped
    ? pipeline(source, createGunzip(), ahead.stream, tar)
    : pipeline(source, ahead.stream, tar)
  // Its failure is thrown by the loop below as well; this only keeps it from counting as unhandled.
  flow.catch(() => undefined)
  try {
    for await (const entry of tar) {
      limits.entry()
      ahead.release()
      const { header } = entry
      const name = readEntryName(header.name)
      const kind = header.type ?? 'unknown'
      const folder = kind === 'directory'
      const keep = name !== null && !name.skip && !folder
      if (keep && kind !== 'file') {
        throw refuseEntry(
          header.name,
          `${KINDS[kind] ?? 'is neither a file nor a folder'}. Only plain files are imported.`,
        )
      }
      if (keep) limits.file()
      const chunks: Buffer[] = []
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        ahead.release()
        if (keep) {
          limits.kept(chunk.length)
          chunks.push(chunk)
        } else limits.skipped(chunk.length)
      }
      if (name) entries.push({ ...name, bytes: keep ? Buffer.concat(chunks) : null, folder })
    }
    await flow
  } catch (error) {
    tar.destroy()
    if (error instanceof ProblemError) throw error
    throw refuseArchive(`It is damaged or no tar archive (${reason(error)}). Make it anew.`)
  }
  return entries
}

/** Longer than any run of headers and padding that an honest archive has, and than what the streams hold back. */
const MAX_BYTES_WITHOUT_CONTENT = 16 * 1024 * 1024

/** Stops a stream that gives neither an entry nor a piece of one for long: zeros without end, or header upon header. */
function headerBrake(): { readonly stream: Transform; readonly release: () => void } {
  let passed = 0
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      passed += chunk.length
      if (passed > MAX_BYTES_WITHOUT_CONTENT) {
        done(refuseArchive('It unpacks to little but padding. Make it anew.'))
      } else done(null, chunk)
    },
  })
  return { stream, release: () => (passed = 0) }
}

/** Small pieces, so that unpacking can stop at a limit instead of a hundred megabytes later. */
function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'unreadable'
}
