/** Decides what of an unpacked archive becomes the workspace: whole or not at all, secrets left out and named. */
import { classifyPath } from '@relpin/authority/path-class.ts'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import { refuseArchive, refuseEntry } from './budget.ts'
import { claimedPaths } from './claimed-paths.ts'
import { readText } from './read-text.ts'
import type { UnpackedEntry } from './unpack.ts'

type PlannedFile = {
  readonly path: string
  readonly content:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'binary'; readonly bytes: Buffer }
}
export type LeftOut = { readonly path: string; readonly why: string }
export type ImportPlan = {
  /** Sorted by path. */
  readonly files: readonly PlannedFile[]
  readonly leftOut: readonly LeftOut[]
  /** Files of `.git`, `node_modules` and the like that were passed over. */
  readonly skipped: number
}

/** Each becomes six on its way to the collaboration server: a small archive would become more than fits. */
const MAX_CONTROL_CHARACTERS = 5_000_000
// eslint-disable-next-line no-control-regex -- control characters are exactly what is counted
const CONTROL = /[\u0001-\u0007\u000b\u000e-\u001f]/g

/** Throws the refusal of the whole archive. */
export function planImport(entries: readonly UnpackedEntry[]): ImportPlan {
  const top = commonTopFolder(entries)
  const claims = claimedPaths()
  const files: PlannedFile[] = []
  const leftOut: LeftOut[] = []
  let skipped = 0
  let controls = 0
  for (const entry of entries) {
    if (entry.skip) {
      if (!entry.folder) skipped += 1
      continue
    }
    const path = top === null ? entry.path : entry.path.slice(top.length + 1)
    if (path === '') continue
    const problem = pathProblem(path)
    if (problem) throw refuseEntry(path, `cannot be imported. ${problem.why}`)
    const conflict = entry.folder ? claims.folder(path) : claims.file(path)
    if (conflict) throw refuseEntry(path, conflict)
    if (entry.folder || !entry.bytes) continue
    if (classifyPath(path) === 'secret') {
      leftOut.push({
        path,
        why: 'Secret files are never kept in a workspace. Keep secrets in the environment instead.',
      })
      continue
    }
    const text = readText(entry.bytes)
    controls += text?.match(CONTROL)?.length ?? 0
    if (controls > MAX_CONTROL_CHARACTERS) {
      throw refuseArchive(
        'Its texts hold millions of control characters. Leave out what is no text.',
      )
    }
    const content =
      text === null
        ? ({ kind: 'binary', bytes: entry.bytes } as const)
        : ({ kind: 'text', text } as const)
    files.push({ path, content })
  }
  if (files.length === 0) throw refuseArchive('It holds no files that could be imported.')
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { files, leftOut, skipped }
}

/** The one folder in which everything lies, as `git archive` and "Compress" make it; otherwise `null`. */
function commonTopFolder(entries: readonly UnpackedEntry[]): string | null {
  let top: string | null = null
  for (const { path, folder, skip } of entries) {
    // What Macs add beside the folder says nothing about it.
    if (skip && /^(__MACOSX|\.DS_Store)/.test(path)) continue
    const slash = path.indexOf('/')
    if (slash < 0 && !folder) return null
    const first = slash < 0 ? path : path.slice(0, slash)
    top ??= first
    if (first !== top) return null
  }
  return top
}
