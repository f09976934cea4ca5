/** Comments on hunks: who may say something, what about, and who hears of it. */
import type { HunkComment } from '@relpin/authority/contracts/collab.ts'
import type { Member } from '@relpin/authority/actors.ts'
import { expect, test, vi } from 'vitest'
import { digestsIn, patchDetail, submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT } from '../testing/studio.ts'

const FILES = { 'src/list.ts': 'one\ntwo\nthree\n' }

async function proposal(studio: TestStudio) {
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/list.ts', 'two', 'TWO')
  const { workspace } = studio
  const { id: patch } = await submitPatch(studio, agent, { intentId: 'turn-1' })
  const [hunk = ''] = digestsIn(await patchDetail(studio, patch))
  const say = (as: Member, text: string): Promise<HunkComment> =>
    studio.post('/internal/patches/comment', { as, workspaceId: workspace.id, patch, hunk, text })
  const list = async (as: Member): Promise<readonly HunkComment[]> => {
    const body = { as, workspaceId: workspace.id, patch }
    const { comments } = await studio.post<{ comments: readonly HunkComment[] }>(
      '/internal/patches/comments',
      body,
    )
    return comments
  }
  return { agent, patch, hunk, say, list }
}

test('everybody who reads the project may comment on a hunk, and who has the file open sees that they did', async () => {
  await using studio = await TestStudio.open(FILES)
  const { hunk, patch, say, list } = await proposal(studio)
  const open = await studio.open('builder', 'src/list.ts')
  const said = await say(studio.person('viewer'), 'Why in capitals?')
  await say(studio.person('reviewer'), 'They are loud.')
  expect(said).toMatchObject({ patch, hunk, current: true, path: 'src/list.ts' })
  expect(said.author).toMatchObject({ memberId: studio.members.viewer, name: 'viewer' })
  const shown = await list(studio.person('builder'))
  expect(shown.map(({ text }) => text)).toEqual(['Why in capitals?', 'They are loud.'])
  await vi.waitFor(() => {
    expect(open.pending().map((one) => one.comments)).toEqual([2])
  }, WAIT)
  const audited = (await studio.audit()).filter((event) => event.action === 'patch.comment')
  expect(audited.map((event) => event.decision)).toEqual(['allowed', 'allowed'])
})

test('an agent does not comment, and its attempt is recorded', async () => {
  await using studio = await TestStudio.open(FILES)
  const { agent, say, list } = await proposal(studio)
  await expect(say(agent, 'Please approve.')).rejects.toThrow('403')
  expect(await list(studio.person('owner'))).toEqual([])
  const audited = (await studio.audit()).filter((event) => event.action === 'patch.comment')
  expect(audited).toMatchObject([{ decision: 'denied', rule: 'agent:personal' }])
})

test('a comment stays when its hunk changes, and says that it was about the one before', async () => {
  await using studio = await TestStudio.open(FILES)
  const { agent, say, list } = await proposal(studio)
  await say(studio.person('owner'), 'Not quite.')
  await studio.edit(agent, 'src/list.ts', 'TWO', 'Two', { turn: 'turn-2' })
  expect(await list(studio.person('owner'))).toMatchObject([{ text: 'Not quite.', current: false }])
  await expect(say(studio.person('owner'), 'Still not.')).rejects.toThrow('409')
})
