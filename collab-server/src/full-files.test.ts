/** A file that somebody has filled up to its bound is not lost: it can be cut, emptied and brought back. */
import type {
  PatchDetail,
  PatchSummary,
  ResolveResponse,
  Verdict,
} from '@relpin/authority/contracts/collab.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import { branchDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { sizeOf } from './document-bounds.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

const TEXT = 'word '.repeat(100)

/** Letters each before the last, so that every one is a piece: as many at once as surely fit, until a hundred are refused. */
async function fill(studio: TestStudio, path: string): Promise<Verdict> {
  const agent = await studio.agent('maintainer')
  const seen = await studio.read(path, agent)
  const doc = new Y.Doc()
  const text = doc.getText(TEXT_ROOT)
  Y.applyUpdate(doc, Buffer.from(seen.state, 'base64'))
  for (;;) {
    const many = Math.max(100, Math.floor((200_000 - sizeOf(doc).pieces) / 2.1))
    const before = Y.encodeStateVector(doc)
    doc.transact(() => {
      for (let at = 0; at < many; at += 1) text.insert(0, 'k')
    })
    const update = Buffer.from(Y.encodeStateAsUpdate(doc, before)).toString('base64')
    const change = { op: 'update', document: seen.document, update }
    const verdict = await studio.change(agent, [change])
    if (verdict.verdict !== 'applied') return verdict
  }
}

test('a full file takes no more text, also none that is approved; it can be corrected, emptied, and reverted', async () => {
  await using studio = await TestStudio.open({ 'src/a.ts': TEXT })
  const { id: workspaceId } = studio.workspace
  const fileId = await studio.fileId('src/a.ts')
  const suggested = await studio.openDocument(
    'reviewer',
    branchDocument(studio.members.reviewer, fileId),
  )
  for (let at = 150; at > 0; at -= 1) suggested.text.insert(at * 2, 's')
  await suggested.saved()
  const as = studio.person('reviewer')
  const { id: patch } = await studio.post<PatchSummary>('/internal/patches/submit', {
    as,
    workspaceId,
  })

  expect(await fill(studio, 'src/a.ts')).toMatchObject({ verdict: 'denied', rule: 'file:pieces' })

  // The proposal has all of main in it, and each of its suggestions is looked for anew beside what changes there.
  for (let at = 0; at < 100; at += 1) suggested.text.insert(0, 's')
  await vi.waitFor(() => {
    expect(suggested.messages).toContainEqual(expect.objectContaining({ rule: 'file:pieces' }))
  }, WAIT)
  const shown = await studio.post<PatchDetail>('/internal/patches/detail', { workspaceId, patch })
  const hunks = shown.diffs.flatMap((file) => file.hunks.map((hunk) => hunk.digest))
  const approved = await studio.post<ResolveResponse>('/internal/patches/resolve', {
    ...{ as: studio.person('maintainer'), workspaceId, patch, decision: 'approve', hunks },
  })
  expect(approved).toMatchObject({ outcome: 'changed', why: expect.stringMatching(/too many/) })

  const editor = await studio.open('maintainer', 'src/a.ts')
  editor.text.delete(editor.text.length - 6, 2)
  await editor.saved()
  editor.text.delete(0, editor.text.length)
  await editor.saved()
  expect((await studio.read('src/a.ts')).text).toBe('')

  const reverted = await studio.post<UndoResponse>('/internal/history/revert', {
    ...{ as: studio.person('maintainer'), workspaceId, fileId, seq: 1 },
  })
  expect(reverted).toMatchObject({ outcome: 'done', verdict: { verdict: 'applied' } })
  expect((await studio.read('src/a.ts')).text).toBe(TEXT)
}, 120_000)
