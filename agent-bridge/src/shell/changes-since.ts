/** What a command did to its copy, as changes for the door: built on what was copied, so that later typing stays. */
import type { Change } from '@relpin/authority/contracts/collab.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { sha256Hex } from '@relpin/db/blobs.ts'
import ignore from 'ignore'
import { buildTransaction, planWrite, toLf } from '../tools/edit-to-transaction.ts'
import type { Fork, ForkedFile } from './fork.ts'

/** A path whose content is no longer what was copied; `null` where it is gone. */
export type Touched = ReadonlyMap<string, Buffer | null>

export type ChangesSince = {
  readonly changes: readonly Change[]
  /** Binary contents that must be stored before the changes are sent. */
  readonly blobs: readonly Buffer[]
  /** For people and models, one for each path: "src/a.ts changed", "old.ts deleted". */
  readonly said: readonly string[]
}

/** Texts of more bytes than this are kept as binary files. */
const MAX_TEXT_BYTES = 1024 * 1024

/** What the project itself says is not part of it, besides what builds and packages leave. */
export function isLeftOut(fork: Fork): (path: string) => boolean {
  const rules = fork.get('.gitignore')
  const ignored = ignore().add(rules?.kind === 'text' ? rules.text : '')
  return (path) => !fork.has(path) && (classifyPath(path) === 'generated' || ignored.ignores(path))
}

export function changesSince(fork: Fork, touched: Touched): ChangesSince {
  const changes: Change[] = []
  const blobs: Buffer[] = []
  const said: string[] = []
  const gone = new Map<string, string>()
  for (const [path, bytes] of touched) {
    const before = fork.get(path)
    if (bytes === null && before) gone.set(before.sha256, path)
  }
  const moved = new Set<string>()
  for (const [path, bytes] of touched) {
    const before = fork.get(path)
    if (bytes === null) continue
    const hash = sha256Hex(bytes)
    if (before?.sha256 === hash) continue
    const from = before ? undefined : gone.get(hash)
    if (from !== undefined && !moved.has(from)) {
      moved.add(from)
      changes.push({ op: 'rename', from, to: path })
      said.push(`${from} renamed to ${path}`)
      continue
    }
    const text = textOf(bytes)
    if (before?.kind === 'text' && text !== null) {
      const replacements = planWrite(before.text, text)
      if (replacements.length === 0) continue
      changes.push(updateOf(before, replacements))
      said.push(`${path} changed`)
      continue
    }
    // A text that becomes binary, or a binary file with other bytes, is a new file in the old one's place.
    if (before) changes.push({ op: 'delete', path })
    if (text === null) blobs.push(bytes)
    const content =
      text === null
        ? ({ kind: 'binary', sha256: hash, size: bytes.length } as const)
        : ({ kind: 'text', text: toLf(text) } as const)
    changes.push({ op: 'create', path, content })
    said.push(before ? `${path} replaced` : `${path} created`)
  }
  for (const [path, bytes] of touched) {
    if (bytes !== null || !fork.has(path) || moved.has(path)) continue
    changes.push({ op: 'delete', path })
    said.push(`${path} deleted`)
  }
  return { changes, blobs, said }
}

function updateOf(
  before: Extract<ForkedFile, { kind: 'text' }>,
  replacements: ReturnType<typeof planWrite>,
): Change {
  const { update } = buildTransaction(before.state, replacements)
  return {
    op: 'update',
    document: before.document,
    update: Buffer.from(update).toString('base64'),
  }
}

/** `null` for what is no text: not UTF-8, with a NUL, or too long. */
function textOf(bytes: Buffer): string | null {
  if (bytes.length > MAX_TEXT_BYTES || bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
