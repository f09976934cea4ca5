/** Reads a zip from memory. Links and encrypted entries are refused, sizes are counted as they come out. */
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { ProblemError } from '#lib/server/api/problems.ts'
import { budget, refuseArchive, refuseEntry, type Budget } from './budget.ts'
import { readEntryName } from './entry-name.ts'
import type { UnpackedEntry } from './unpack.ts'

const FILE_KINDS = 0xf000
const REGULAR = 0x8000
const FOLDER = 0x4000
const LINK = 0xa000

/** All entries in the archive's order. Throws the refusal of the whole archive. */
export async function readZip(
  bytes: Buffer,
  limits: Budget = budget(),
): Promise<readonly UnpackedEntry[]> {
  const unpacked: UnpackedEntry[] = []
  try {
    const zip = await open(bytes)
    for (;;) {
      const entry = await nextEntry(zip)
      if (!entry) return unpacked
      limits.entry()
      const one = await readEntry(zip, entry, limits)
      if (one) unpacked.push(one)
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : 'unreadable'
    throw refuseArchive(`It is damaged or no zip archive (${reason}). Make it anew.`)
  }
}

/** What the library can do beyond its published types. */
type Yauzl = typeof yauzl & {
  readonly getFileNameLowLevel: (
    flags: number,
    raw: Buffer,
    extraFields: Entry['extraFields'],
    strict: boolean,
  ) => string
}

/** The name as it is written, in whichever of zip's three encodings. */
function fileNameOf(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer
  const { generalPurposeBitFlag, extraFields } = entry
  return (yauzl as Yauzl).getFileNameLowLevel(generalPurposeBitFlag, raw, extraFields, true)
}

async function readEntry(
  zip: ZipFile,
  entry: Entry,
  limits: Budget,
): Promise<UnpackedEntry | null> {
  const fileName = fileNameOf(entry)
  const name = readEntryName(fileName)
  if (!name) return null
  // Written by Unix: the upper half holds the file's mode. Zero where the writer had none.
  const kind = (entry.externalFileAttributes >>> 16) & FILE_KINDS
  const folder = fileName.endsWith('/') || kind === FOLDER
  if (name.skip || folder) return { ...name, bytes: null, folder }
  if (kind === LINK) {
    throw refuseEntry(fileName, 'is a symbolic link. Only plain files are imported.')
  }
  if (kind !== 0 && kind !== REGULAR) {
    throw refuseEntry(fileName, 'is neither a file nor a folder. Only plain files are imported.')
  }
  if (entry.isEncrypted()) {
    throw refuseEntry(fileName, 'is encrypted. Make the archive without a password.')
  }
  limits.file()
  return { ...name, bytes: await contents(zip, entry, fileName, limits), folder: false }
}

/** Errors name the entry, above all when it gives more or fewer bytes than it says. */
async function contents(
  zip: ZipFile,
  entry: Entry,
  fileName: string,
  limits: Budget,
): Promise<Buffer> {
  try {
    const stream = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => {
        if (error) reject(error)
        else resolve(opened)
      })
    })
    const chunks: Buffer[] = []
    for await (const chunk of stream) {
      limits.kept(chunk.length)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof ProblemError) throw error
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : 'unreadable'
    throw refuseEntry(fileName, `cannot be unpacked (${reason}). Make the archive anew.`)
  }
}

function open(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Names come as they are: what is wrong with them is said by our own rule.
    yauzl.fromBuffer(
      bytes,
      { lazyEntries: true, validateEntrySizes: true, decodeStrings: false },
      (error, zip) => {
        if (error || !zip) reject(error ?? new Error('unreadable'))
        else resolve(zip)
      },
    )
  })
}

function nextEntry(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error')
    }
    zip.on('entry', (entry: Entry) => {
      done()
      resolve(entry)
    })
    zip.on('end', () => {
      done()
      resolve(null)
    })
    zip.on('error', (error: Error) => {
      done()
      reject(error)
    })
    zip.readEntry()
  })
}
