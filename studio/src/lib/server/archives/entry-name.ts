/** The names inside an archive: cleaned, refused when they point out of it, or skipped. */
import { refuseEntry } from './budget.ts'

/** A file or folder as an archive names it, before it is known whether a common top folder is to go. */
type EntryName = {
  readonly path: string
  readonly skip: boolean
}

const SKIPPED_NAMES = new Set(['.git', 'node_modules', '__MACOSX', '.DS_Store'])

/** `null` for the archive's own root (`./`). Throws the refusal of an absolute path, a drive or `..`. */
export function readEntryName(raw: string): EntryName | null {
  if (raw.includes('\0')) throw refuseEntry(raw, 'has a name with a NUL character.')
  if (raw.includes('\\'))
    throw refuseEntry(raw, 'has a name with a backslash. Use "/" between names.')
  if (raw.startsWith('/') || /^[a-zA-Z]:/.test(raw)) {
    throw refuseEntry(raw, 'has an absolute path. Paths must be relative.')
  }
  const names = raw.split('/').filter((name) => name !== '' && name !== '.')
  if (names.includes('..')) throw refuseEntry(raw, 'points out of the archive with "..".')
  if (names.length === 0) return null
  // Macs write accents as separate characters; a workspace has one form of every name.
  const path = names.join('/').normalize('NFC')
  return { path, skip: names.some((name) => SKIPPED_NAMES.has(name)) }
}
