/** What an archive may cost, counted by what really comes out of it and never by what it says about itself. */
import { refuse, type ProblemError } from '#lib/server/api/problems.ts'

export const MAX_FILES = 10_000
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024
/** What is skipped (`node_modules`) is unpacked only to get past it. */
const MAX_SKIPPED_BYTES = 400 * 1024 * 1024
const MAX_ENTRIES = 200_000

export type Budget = {
  readonly entry: () => void
  readonly file: () => void
  /** Bytes of a file that is kept. */
  readonly kept: (bytes: number) => void
  readonly skipped: (bytes: number) => void
}

/** Every method throws the refusal when its limit is passed. */
export function budget(limits = { files: MAX_FILES, bytes: MAX_UNPACKED_BYTES }): Budget {
  let entries = 0
  let files = 0
  let kept = 0
  let skipped = 0
  return {
    entry: () => {
      entries += 1
      if (entries > MAX_ENTRIES) throw refuseArchive('It has more than 200,000 entries.')
    },
    file: () => {
      files += 1
      if (files > limits.files) {
        const most = limits.files.toLocaleString('en')
        throw refuseArchive(`It has more than ${most} files. Leave out what is generated.`)
      }
    },
    kept: (bytes) => {
      kept += bytes
      if (kept > limits.bytes) {
        const most = Math.floor(limits.bytes / 1024 / 1024)
        throw refuseArchive(`It unpacks to more than ${most} MB. Leave out what is large.`)
      }
    },
    skipped: (bytes) => {
      skipped += bytes
      if (skipped > MAX_SKIPPED_BYTES) {
        throw refuseArchive('Its node_modules or .git is too large. Leave them out.')
      }
    },
  }
}

/** The refusal of a whole archive: nothing of it was imported. */
export function refuseArchive(why: string): ProblemError {
  return refuse(422, 'Archive refused', `The archive was not imported. ${why}`)
}

/** The refusal that names the entry at fault. */
export function refuseEntry(path: string, why: string): ProblemError {
  const shown = path.length > 120 ? `${path.slice(0, 117)}…` : path
  return refuseArchive(`The entry ${JSON.stringify(shown)} ${why}`)
}
