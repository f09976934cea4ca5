import type { PendingFile, TreeEntry } from '@relpin/authority/contracts/collab.ts'
import { describe, expect, test } from 'vitest'
import { buildTree, foldersAbove, markWords, pendingMarks, visibleRows } from './tree.ts'

const entry = (path: string): TreeEntry => ({ path, kind: 'text', class: 'source' })
const files = (...paths: string[]): [string, TreeEntry][] =>
  paths.map((path, index) => [`id-${index}`, entry(path)])
const paths = (nodes: ReturnType<typeof buildTree>, folded: string[] = []): string[] =>
  visibleRows(nodes, (path) => folded.includes(path)).map((node) => node.path)

describe('the file tree', () => {
  test('shows folders before files, both by name, numbers as numbers', () => {
    const tree = buildTree(files('b.ts', 'src/z10.ts', 'src/z9.ts', 'A.md', 'src/lib/x.ts'), [])
    expect(paths(tree)).toEqual([
      'src',
      'src/lib',
      'src/lib/x.ts',
      'src/z9.ts',
      'src/z10.ts',
      'A.md',
      'b.ts',
    ])
  })

  test('leaves out what lies in a folded folder', () => {
    expect(paths(buildTree(files('src/a.ts', 'b.ts'), []), ['src'])).toEqual(['src', 'b.ts'])
  })

  test('shows a file that exists only in a proposal', () => {
    const pending: PendingFile = {
      fileId: 'new',
      path: 'src/Dialog.tsx',
      change: 'create',
      hunks: 1,
    }
    const rows = visibleRows(buildTree(files('src/a.ts'), [pending]), () => false)
    const row = rows.find((node) => node.path === 'src/Dialog.tsx')
    expect(row).toMatchObject({ kind: 'file', id: 'new', entry: null, pending: { kind: 'create' } })
  })

  test('adds up the pending pieces of several patches, and lets a delete win', () => {
    const text = (fileId: string, hunks: number): PendingFile => ({
      fileId,
      path: 'a.ts',
      change: 'text',
      hunks,
    })
    const marks = pendingMarks([
      text('a', 2),
      text('a', 1),
      { fileId: 'b', path: 'b.ts', change: 'delete', hunks: 1 },
      text('b', 4),
    ])
    expect(markWords(marks.get('a') ?? { kind: 'delete' })).toBe('3 pending')
    expect(marks.get('b')).toEqual({ kind: 'delete' })
  })

  test('knows the folders above a path', () => {
    expect(foldersAbove('src/lib/a.ts')).toEqual(['src', 'src/lib'])
    expect(foldersAbove('a.ts')).toEqual([])
  })
})
