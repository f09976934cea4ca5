/** Deciding proposals, end to end: who may, what lands, what stays, and what happens to everybody's editors. */
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { Agent, Member } from '@relpin/authority/actors.ts'
import { branchDocument } from '@relpin/authority/document-names.ts'
import { carryKeys } from '@relpin/authority/rebase-map.ts'
import { describe, expect, test, vi } from 'vitest'
import type * as Y from 'yjs'
import { loseNextAnswer } from '../testing/lost-answer.ts'
import { decidePatch, digestsIn, patchDetail, submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT, type Browser } from '../testing/studio.ts'
import { textItems } from './testing/text-items.ts'

const TEXT = 'one\ntwo\nthree\nfour\nfive\n'
const FILES = { 'src/list.ts': TEXT, 'README.md': 'hello\n' }

/** An agent of a Reviewer changes two lines in one turn, and the turn ends. */
async function proposal(studio: TestStudio): Promise<{ patch: string; agent: Agent }> {
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/list.ts', 'two', 'TWO')
  await studio.edit(agent, 'src/list.ts', 'four', 'FOUR')
  const patch = await submit(studio, agent)
  return { patch: patch.id, agent }
}

const submit = (studio: TestStudio, as: Member): Promise<PatchSummary> =>
  submitPatch(studio, as, { intentId: 'turn-1' })

const rebased = (browser: Browser) => browser.messages.find((message) => message.type === 'rebased')

/** A Reviewer types into a branch of their own and submits. */
async function suggestion(studio: TestStudio, type: (text: Y.Text) => void) {
  const name = branchDocument(studio.members.reviewer, await studio.fileId('src/list.ts'))
  const typing = await studio.openDocument('reviewer', name)
  type(typing.text)
  await typing.saved()
  const { id: patch } = await studio.post<PatchSummary>('/internal/patches/submit', {
    as: studio.person('reviewer'),
    workspaceId: studio.workspace.id,
  })
  return { name, typing, patch }
}

describe('a pending patch', () => {
  test('shows file by file what would change', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch } = await proposal(studio)
    const shown = await patchDetail(studio, patch)
    expect(shown).toMatchObject({ state: 'pending', openHunks: 2, files: ['src/list.ts'] })
    expect(shown.diffs[0]).toMatchObject({ before: TEXT, after: 'one\nTWO\nthree\nFOUR\nfive\n' })
    expect(
      shown.diffs[0]?.hunks.map((hunk) => hunk.change.kind === 'text' && hunk.change.line),
    ).toEqual([2, 4])
  })

  test("lands in everybody's editor when a Maintainer approves it, by its author and stamped by its approver", async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch, agent } = await proposal(studio)
    const open = await studio.open('builder', 'src/list.ts')
    open.text.insert(0, '// typed\n')
    await open.saved()
    const shown = await patchDetail(studio, patch)
    const done = await decidePatch(
      studio,
      studio.person('maintainer'),
      patch,
      'approve',
      digestsIn(shown),
    )
    expect(done).toMatchObject({
      outcome: 'done',
      decision: 'approve',
      patch: { state: 'approved', openHunks: 0 },
    })
    await vi.waitFor(() => {
      expect(open.text.toString()).toBe('// typed\none\nTWO\nthree\nFOUR\nfive\n')
      expect(open.pending()).toHaveLength(0)
    }, WAIT)
    const [row] = await studio.database.sql`
      select member_id as member, approver_id as approver from update_log where approver_id is not null`
    expect(row).toEqual({ member: agent.memberId, approver: studio.members.maintainer })
    await studio.restart()
    expect((await studio.read('src/list.ts')).text).toBe('// typed\none\nTWO\nthree\nFOUR\nfive\n')
  })

  test('can be approved hunk by hunk; the rest goes on waiting', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch, agent } = await proposal(studio)
    const first = await patchDetail(studio, patch)
    const [, second] = digestsIn(first)
    const partly = await decidePatch(studio, studio.person('owner'), patch, 'approve', [
      second ?? '',
    ])
    expect(partly).toMatchObject({
      outcome: 'done',
      patch: { state: 'partly-approved', openHunks: 1 },
    })
    expect((await studio.read('src/list.ts')).text).toBe('one\ntwo\nthree\nFOUR\nfive\n')
    expect((await studio.read('src/list.ts', agent)).text).toBe('one\nTWO\nthree\nFOUR\nfive\n')
    const rest = await decidePatch(
      studio,
      studio.person('owner'),
      patch,
      'reject',
      digestsIn(await patchDetail(studio, patch)),
    )
    expect(rest).toMatchObject({ outcome: 'done', patch: { state: 'approved', openHunks: 0 } })
    expect((await studio.read('src/list.ts', agent)).text).toBe('one\ntwo\nthree\nFOUR\nfive\n')
  })

  test('is not approved by who asked for it, by an agent, or by a Builder; each refusal is recorded', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch, agent } = await proposal(studio)
    const hunks = digestsIn(await patchDetail(studio, patch))
    const refused = [
      [studio.person('reviewer'), 'approve:another'],
      [agent, 'approve:person'],
      [await studio.agent('owner'), 'approve:person'],
      [studio.person('builder'), 'authoring:approve'],
    ] as const
    for (const [as, rule] of refused) {
      expect(await decidePatch(studio, as, patch, 'approve', hunks)).toMatchObject({
        outcome: 'denied',
        rule,
      })
    }
    expect((await studio.read('src/list.ts')).text).toBe(TEXT)
    const audited = (await studio.audit()).filter((event) => event.action === 'opencode.approve')
    expect(audited.map((event) => [event.decision, event.rule])).toEqual(
      refused.map(([, rule]) => ['denied', rule]),
    )
  })

  test('is decided once when two approve at the same moment', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch } = await proposal(studio)
    const hunks = digestsIn(await patchDetail(studio, patch))
    const both = await Promise.all([
      decidePatch(studio, studio.person('owner'), patch, 'approve', hunks),
      decidePatch(studio, studio.person('admin'), patch, 'approve', hunks),
    ])
    expect(both.map((one) => one.outcome).sort()).toEqual(['changed', 'done'])
    expect((await studio.read('src/list.ts')).text).toBe('one\nTWO\nthree\nFOUR\nfive\n')
  })

  test('that changed since it was looked at is not approved', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch, agent } = await proposal(studio)
    const seen = digestsIn(await patchDetail(studio, patch))
    await studio.edit(agent, 'src/list.ts', 'TWO', 'something else')
    const done = await decidePatch(studio, studio.person('owner'), patch, 'approve', seen)
    expect(done).toMatchObject({ outcome: 'changed' })
    expect((await studio.read('src/list.ts')).text).toBe(TEXT)
  })

  test('of a session that proposes first is accepted by its own human, who may write directly', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('builder', { proposeFirst: true })
    await studio.edit(agent, 'src/list.ts', 'one', 'ONE')
    const patch = await submit(studio, agent)
    const hunks = digestsIn(await patchDetail(studio, patch.id))
    const done = await decidePatch(studio, studio.person('builder'), patch.id, 'approve', hunks)
    expect(done).toMatchObject({ outcome: 'done', decision: 'accept' })
    expect((await studio.read('src/list.ts')).text).toBe('ONE\ntwo\nthree\nfour\nfive\n')
  })

  test('is approved once when the database commits and its answer is lost; nobody loses a word', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch } = await proposal(studio)
    const hunks = digestsIn(await patchDetail(studio, patch))
    const open = await studio.open('builder', 'src/list.ts')
    loseNextAnswer(studio.server.context.updates)
    await expect(
      decidePatch(studio, studio.person('owner'), patch, 'approve', hunks),
    ).rejects.toThrow('500')
    const again = await decidePatch(studio, studio.person('owner'), patch, 'approve', hunks)
    expect(again).toMatchObject({ outcome: 'changed' })
    const landed = 'one\nTWO\nthree\nFOUR\nfive\n'
    expect((await studio.read('src/list.ts')).text).toBe(landed)
    // The editor joins again by itself in a browser; here with the same document.
    open.text.insert(0, '// typed\n')
    const rejoined = await studio.openDocument(
      'builder',
      open.provider.configuration.name,
      open.doc,
    )
    await rejoined.saved()
    expect((await studio.read('src/list.ts')).text).toBe(`// typed\n${landed}`)
  })

  test('can be decided whatever characters are in it', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.edit(agent, 'src/list.ts', 'two', 'tw\u0000o')
    const patch = await submit(studio, agent)
    const hunks = digestsIn(await patchDetail(studio, patch.id))
    const done = await decidePatch(studio, studio.person('owner'), patch.id, 'reject', hunks)
    expect(done).toMatchObject({ outcome: 'done', decision: 'reject' })
  })

  test('of new, renamed and deleted files changes the tree only when approved', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.change(agent, [
      { op: 'create', path: 'src/new.ts', content: { kind: 'text', text: 'export {}\n' } },
      { op: 'delete', path: 'README.md' },
      { op: 'rename', from: 'src/list.ts', to: 'src/items.ts' },
    ])
    const list = async (as: Member): Promise<string[]> => {
      const { entries } = await studio.post<{ entries: { path: string }[] }>(
        '/internal/view/list',
        {
          as,
          workspaceId: studio.workspace.id,
          view: { kind: 'main' },
        },
      )
      return entries.map((entry) => entry.path)
    }
    expect(await list(studio.person('owner'))).toEqual(['README.md', 'src/list.ts'])
    expect(await list(agent)).toEqual(['src/items.ts', 'src/new.ts'])
    await studio.edit(agent, 'src/new.ts', 'export {}', 'export const a = 1')
    const patch = await submit(studio, agent)
    const shown = await patchDetail(studio, patch.id)
    expect(shown.diffs.find((file) => file.path === 'src/new.ts')).toMatchObject({
      before: null,
      after: 'export const a = 1\n',
    })
    await decidePatch(studio, studio.person('owner'), patch.id, 'approve', digestsIn(shown))
    expect(await list(studio.person('owner'))).toEqual(['src/items.ts', 'src/new.ts'])
    expect((await studio.read('src/new.ts')).text).toBe('export const a = 1\n')
  })
})

describe('a person who suggests', () => {
  test('goes on in a fresh branch after the decision, and what was rejected is gone there too', async () => {
    await using studio = await TestStudio.open(FILES)
    const name = branchDocument(studio.members.reviewer, await studio.fileId('src/list.ts'))
    const typing = await studio.openDocument('reviewer', name)
    typing.text.delete(0, 4)
    typing.text.insert(typing.text.length, 'six\n')
    await typing.saved()
    const patch = await studio.post<PatchSummary>('/internal/patches/submit', {
      as: studio.person('reviewer'),
      workspaceId: studio.workspace.id,
    })
    const [deletion, addition] = digestsIn(await patchDetail(studio, patch.id))
    const done = await decidePatch(studio, studio.person('owner'), patch.id, 'reject', [
      deletion ?? '',
    ])
    expect(done).toMatchObject({ outcome: 'done' })
    await vi.waitFor(() => {
      expect(rebased(typing)).toMatchObject({ generation: 2 })
    }, WAIT)
    const again = await studio.openDocument('reviewer', name)
    expect(again.text.toString()).toBe(`${TEXT}six\n`)
    const left = digestsIn(await patchDetail(studio, patch.id))
    expect(left).toHaveLength(1)
    expect(left).not.toContain(addition)
    await decidePatch(studio, studio.person('owner'), patch.id, 'approve', left)
    expect((await studio.read('src/list.ts')).text).toBe(`${TEXT}six\n`)
  })

  test('and was away while it was approved finds it landed, and not waiting a second time', async () => {
    await using studio = await TestStudio.open(FILES)
    const name = branchDocument(studio.members.reviewer, await studio.fileId('src/list.ts'))
    const typing = await studio.openDocument('reviewer', name)
    typing.text.insert(typing.text.length, 'six\n')
    await typing.saved()
    typing.close()
    const patch = await studio.post<PatchSummary>('/internal/patches/submit', {
      as: studio.person('reviewer'),
      workspaceId: studio.workspace.id,
    })
    const hunks = digestsIn(await patchDetail(studio, patch.id))
    await decidePatch(studio, studio.person('owner'), patch.id, 'approve', hunks)
    const back = await studio.openDocument('reviewer', name, typing.doc)
    await vi.waitFor(() => {
      expect(rebased(back)).toMatchObject({ generation: 2 })
    }, WAIT)
    const mine = await studio.read('src/list.ts', undefined, studio.members.reviewer)
    expect(mine.text).toBe(`${TEXT}six\n`)
    expect((await studio.openDocument('reviewer', name)).text.toString()).toBe(`${TEXT}six\n`)
  })

  test('keeps the keys that were in flight while a word was approved, in that word', async () => {
    await using studio = await TestStudio.open(FILES)
    const { name, typing, patch } = await suggestion(studio, (text) => text.insert(0, 'a word\n'))
    const hunks = digestsIn(await patchDetail(studio, patch))
    await decidePatch(studio, studio.person('owner'), patch, 'approve', hunks)
    // These keys never reach the server: the branch that they are typed into is no more.
    typing.text.insert('a wo'.length, 'nderful wo')
    await vi.waitFor(() => {
      expect(rebased(typing)).toBeDefined()
    }, WAIT)
    const message = rebased(typing)
    const fresh = await studio.openDocument('reviewer', name)
    const maps = message?.type === 'rebased' ? (message.maps ?? []) : []
    const { edits, caret } = carryKeys(textItems(typing.doc), textItems(fresh.doc), maps)
    for (const { offset, remove, insert } of edits.toReversed()) {
      fresh.text.delete(offset, remove)
      fresh.text.insert(offset, insert)
    }
    expect(fresh.text.toString()).toBe(`a wonderful word\n${TEXT}`)
    expect(caret('a wonderful wo'.length)).toBe('a wonderful wo'.length)
    await fresh.saved()
    expect((await studio.read('src/list.ts')).text).toBe(`a word\n${TEXT}`)
  })

  test('and comes back after a restart with what was rejected meanwhile does not propose it again', async () => {
    await using studio = await TestStudio.open(FILES)
    const { name, typing, patch } = await suggestion(studio, (text) => text.delete(0, 4))
    typing.close()
    const hunks = digestsIn(await patchDetail(studio, patch))
    await decidePatch(studio, studio.person('owner'), patch, 'reject', hunks)
    await studio.restart()
    const back = await studio.openDocument('reviewer', name, typing.doc)
    await vi.waitFor(() => {
      expect(rebased(back)).toMatchObject({ generation: 2, maps: [{ generation: 1 }] })
    }, WAIT)
    const mine = await studio.read('src/list.ts', undefined, studio.members.reviewer)
    expect(mine.text).toBe(TEXT)
    const message = rebased(back)
    const maps = message?.type === 'rebased' ? (message.maps ?? []) : []
    const fresh = await studio.openDocument('reviewer', name)
    expect(carryKeys(textItems(back.doc), textItems(fresh.doc), maps).edits).toEqual([])
  })

  test('may withdraw their own proposal', async () => {
    await using studio = await TestStudio.open(FILES)
    const { patch } = await proposal(studio)
    const done = await decidePatch(
      studio,
      studio.person('reviewer'),
      patch,
      'reject',
      digestsIn(await patchDetail(studio, patch)),
    )
    expect(done).toMatchObject({
      outcome: 'done',
      decision: 'withdraw',
      patch: { state: 'withdrawn' },
    })
  })
})
