/**
 * Every way a document is written, by name. Whoever adds one says here which it is: a copy that nobody else sees, or a
 * live document that gets what is in the log already. A live one that is changed without the door's mark is frozen by the
 * tripwire, so only those that may touch one know the mark.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const HERE = import.meta.dirname

const MAP = /\bgetMap\b|\bTREE_ROOT\b|\bY\.Map\b|\.share\b/

/** What changes a Yjs document, or opens the way around the door. */
const WRITES: Readonly<Record<string, RegExp>> = {
  applyUpdate: /\bapplyUpdate(V2)?\(/,
  transact: /\.transact\(/,
  insert: /\.insert\(/,
  // Of a text; of a map or a set it has one argument.
  delete: /\.delete\(([^()]|\([^()]*\))*,/,
  // Whoever has the tree's entries at hand, and of them whoever changes a map: all others' maps are their own.
  map: MAP,
  set: new RegExp(`^(?=[^]*(${MAP.source}))(?=[^]*\\.(set|delete|clear)\\()`),
  author: /\bauthor\(\w+, \(\) =>/,
  applyAll: /\bapplyAll\(/,
  applyTogether: /\bapplyTogether\(/,
  other:
    /\.(applyDelta|format|insertEmbed|insertText)\(|\breadSyncMessage\(|\breadSyncStep2\(|\breadUpdate\(\w+, \w+, /,
  mark: /\bADMITTED(_ORIGIN)?\b/,
  openDirectConnection: /\bopenDirectConnection\(/,
}

/** What is in the log already, or comes out of it, enters a live document. */
const LIVE: Readonly<Record<string, readonly string[]>> = {
  'live-documents.ts': ['mark', 'openDirectConnection'],
  // On loading: the snapshot, the log, for a branch main and its stamp; and main's later updates into its branches.
  'persistence.ts': ['applyUpdate', 'mark'],
  'apply-all.ts': ['applyUpdate', 'transact', 'mark'],
  'late-content.ts': ['applyAll'],
  // One way for what `land` and `hold` have committed.
  'apply-together.ts': ['applyAll'],
  'land.ts': ['applyTogether'],
  'hold.ts': ['applyTogether'],
  // The tree after an import, and what a decision has landed: right after their commit.
  'commands.ts': ['applyUpdate', 'mark'],
  'proposals/commit-resolution.ts': ['applyUpdate', 'mark'],
  // Reads the mark.
  'tripwire.ts': ['mark'],
}

/** Documents of their own, made for a computation and dropped: what becomes of them goes through `admit()`, or nowhere. */
const COPIES: Readonly<Record<string, readonly string[]>> = {
  'new-text.ts': ['insert'],
  'tree.ts': ['map', 'set', 'author'],
  'cold-texts.ts': ['applyAll'],
  'archive/make-segment.ts': ['applyUpdate'],
  // The tree again from its beginning, to see what was in it; what is set is a list of that.
  'history/deleted-files.ts': ['applyUpdate', 'map', 'set'],
  'history/facts.ts': ['applyUpdate', 'transact'],
  'history/past.ts': ['applyUpdate', 'transact'],
  'history/plan-undo.ts': ['applyUpdate', 'transact'],
  'history/undo-tree.ts': ['applyUpdate'],
  'history/rewrite.ts': ['applyUpdate', 'transact', 'insert'],
  'proposals/generation-stamp.ts': ['transact', 'insert', 'delete'],
  'proposals/rebase.ts': ['applyUpdate', 'transact', 'insert', 'delete', 'author'],
}

async function writesOfSources(): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = await readdir(HERE, { recursive: true })
  const sources = names.filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|testing\//.test(name))
  const found: Record<string, readonly string[]> = {}
  for (const name of sources) {
    const code = withoutTheRest(await readFile(join(HERE, name), 'utf8'))
    const writes = Object.keys(WRITES).filter((one) => WRITES[one]?.test(code))
    if (writes.length > 0) found[name] = writes
  }
  return found
}

/** Comments, imports and what a line declares are no calls. */
const withoutTheRest = (code: string): string =>
  code
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
    .replaceAll(/^import [^]*?from '.*'$/gm, '')
    .replaceAll(/^export (async )?function \w+\(/gm, '')
    .replaceAll(/^export const ADMITTED/gm, 'ADMITTED')

test('every writer of documents is known, and none writes in a way that is not', async () => {
  expect(await writesOfSources()).toEqual({ ...LIVE, ...COPIES })
  expect(Object.values(COPIES).flat()).not.toContain('mark')
})
