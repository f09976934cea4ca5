/** A person's command that is carried out after their sign-out changes nothing, however long it waited. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { PatchSummary, ResolveResponse, Verdict } from '@relpin/authority/contracts/collab.ts'
import type { UndoResponse } from '@relpin/authority/contracts/history.ts'
import { createApp } from '@relpin/db/apps.ts'
import { deleteSignIn } from '@relpin/db/sign-ins.ts'
import { testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { describe, expect, test } from 'vitest'
import { digestsIn, patchDetail, submitPatch } from './testing/patches.ts'
import { TestStudio, type RoleKey } from './testing/studio.ts'

const TEXT = 'const price = 1\n'

/** Sends a command, and ends its sign-in while the command still waits behind another one. */
async function behindSignOut<T>(
  studio: TestStudio,
  role: RoleKey,
  send: () => Promise<T>,
  workspaceId = studio.workspace.id,
): Promise<T> {
  const other = Promise.withResolvers<undefined>()
  const { locks } = studio.server.context
  const first = locks.run(`workspace:${workspaceId}`, () => other.promise)
  const second = locks.run(`proposer:${workspaceId}:${studio.members[role]}`, () => other.promise)
  const sent = send()
  const signIn = Buffer.from(testSignInOf(studio.members[role]), 'hex')
  await deleteSignIn(studio.database.sql, signIn)
  other.resolve(undefined)
  await Promise.all([first, second])
  return sent
}

/** A suggestion of a reviewer that waits, as its summary and the digests of its hunks. */
async function suggestion(studio: TestStudio, options: { readonly submitted: boolean }) {
  const as = studio.person('reviewer')
  const verdict = await studio.edit(as, 'a.ts', 'price', 'total')
  if (verdict.verdict !== 'queued') throw new Error(JSON.stringify(verdict))
  const where = { workspaceId: studio.workspace.id, patch: verdict.patch }
  if (options.submitted) await submitPatch(studio, as, { patch: verdict.patch })
  return { where, hunks: digestsIn(await patchDetail(studio, verdict.patch)) }
}

const SIGNED_OUT = /signed out.*nothing was changed.*Sign in/

const stateOf = async (studio: TestStudio, where: object): Promise<string> =>
  (await studio.post<PatchSummary>('/internal/patches/detail', where)).state

describe('after a sign-out nothing lands of what was asked for before', () => {
  test.each([
    ['a new file', { op: 'create', path: 'b.ts', content: { kind: 'text', text: 'b' } }],
    ['a new name', { op: 'rename', from: 'a.ts', to: 'b.ts' }],
    ['a deletion', { op: 'delete', path: 'a.ts' }],
  ])('%s', async (_name, one) => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const as = studio.person('maintainer')
    const send = (): Promise<Verdict> => studio.change(as, [one])
    expect(await behindSignOut(studio, 'maintainer', send)).toMatchObject({
      verdict: 'denied',
      rule: 'authority:changed',
      why: expect.stringMatching(SIGNED_OUT) as unknown,
    })
    expect((await studio.read('a.ts')).text).toBe(TEXT)
    await expect(studio.read('b.ts')).rejects.toThrow('b.ts')
  })

  test('a suggestion', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const as = studio.person('reviewer')
    const change = { op: 'delete', path: 'a.ts' }
    const send = (): Promise<Verdict> => studio.change(as, [change])
    expect(await behindSignOut(studio, 'reviewer', send)).toMatchObject({ verdict: 'denied' })
    expect(await studio.database.sql`select from patches`).toHaveLength(0)
  })

  test('an import', async () => {
    await using studio = await TestStudio.open({})
    const { sql } = studio.database
    const { orgId } = studio.workspace
    const app = await createApp(sql, { orgId, name: 'empty', createdBy: studio.members.owner })
    const { workspaceId } = app
    const send = () =>
      studio.post('/internal/import', {
        as: studio.person('owner'),
        workspaceId,
        files: [{ path: 'b.ts', content: { kind: 'text', text: 'b' } }],
      })
    const sent = behindSignOut(studio, 'owner', send, workspaceId)
    await expect(sent).rejects.toThrow(/409.*signed out/)
    expect(await sql`select from files where workspace_id = ${workspaceId}`).toHaveLength(0)
  })

  test.each(['approve', 'reject'] as const)('a decision to %s', async (decision) => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const { where, hunks } = await suggestion(studio, { submitted: true })
    const as = studio.person('maintainer')
    const send = (): Promise<ResolveResponse> =>
      studio.post('/internal/patches/resolve', { as, ...where, decision, hunks })
    expect(await behindSignOut(studio, 'maintainer', send)).toEqual({
      outcome: 'changed',
      why: expect.stringMatching(SIGNED_OUT) as unknown,
    })
    expect((await studio.read('a.ts')).text).toBe(TEXT)
    expect(await stateOf(studio, where)).toBe('pending')
  })

  test('a draft stays one', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const { where } = await suggestion(studio, { submitted: false })
    const as = studio.person('reviewer')
    const send = () => studio.post('/internal/patches/submit', { as, ...where })
    await expect(behindSignOut(studio, 'reviewer', send)).rejects.toThrow('204')
    expect(await stateOf(studio, where)).toBe('draft')
  })

  test('a revert', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    await studio.edit(studio.person('owner'), 'a.ts', '1', '2')
    const { fileId, text } = await studio.read('a.ts')
    const [first] = await studio.database.sql<{ seq: number }[]>`
      select min(seq) as seq from update_log where doc = ${fileDocument(fileId)}`
    const body = { as: studio.person('maintainer'), workspaceId: studio.workspace.id, fileId }
    const send = (): Promise<UndoResponse> =>
      studio.post('/internal/history/revert', { ...body, seq: first?.seq ?? 0 })
    expect(await behindSignOut(studio, 'maintainer', send)).toMatchObject({
      verdict: { verdict: 'denied', rule: 'authority:changed' },
    })
    expect((await studio.read('a.ts')).text).toBe(text)
  })
})

describe('who asks', () => {
  test('is refused as a person without a sign-in', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const { kind, memberId } = studio.person('owner')
    const change = { op: 'delete', path: 'a.ts' }
    await expect(studio.change({ kind, memberId }, [change])).rejects.toThrow('400')
    expect((await studio.read('a.ts')).text).toBe(TEXT)
  })

  test("is an agent: its session goes on when its person's browser signs out", async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const agent = await studio.agent('maintainer')
    const change = { op: 'create', path: 'b.ts', content: { kind: 'text', text: 'b' } }
    const send = (): Promise<Verdict> => studio.change(agent, [change])
    expect((await behindSignOut(studio, 'maintainer', send)).verdict).not.toBe('denied')
  })
})
