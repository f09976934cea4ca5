/** What people decide about an agent's patches, and say of them, the agent is told in its next turn. */
import { appendSessionEvent } from '@relpin/db/sessions.ts'
import { expect, test } from 'vitest'
import { patchNews } from '../../agent-bridge/src/sessions/patch-news.ts'
import {
  decidePatch,
  digestsIn,
  patchDetail,
  submitPatch,
} from '../../collab-server/src/testing/patches.ts'
import { TestStudio, type RoleKey } from '../../collab-server/src/testing/studio.ts'
import { agentHands } from '../support/agent-hands.ts'

const FILES = {
  'src/a.ts': 'const a = 1\n',
  'src/b.ts': 'const b = 1\n',
  'src/c.ts': 'const c = 1\n',
}

test('approvals, rejections, acceptances and comments, each told once, under the title that the agent gave', async () => {
  await using studio = await TestStudio.open(FILES)
  const { sql } = studio.database
  const agent = await studio.agent('builder', { proposeFirst: true })
  const run = agentHands(studio, agent)
  let seq = 0
  const prompted = (turn: string, at: Date) =>
    appendSessionEvent(sql, agent.sessionId, ++seq, at, {
      type: 'prompt',
      turn,
      memberId: agent.memberId,
      memberName: 'builder',
      text: turn,
    })
  const patches: string[] = []
  for (const [name, title] of [
    ['a', 'First'],
    ['b', 'Second'],
    ['c', 'Third'],
  ] as const) {
    const edit = { filePath: `src/${name}.ts`, oldString: '= 1', newString: '= 2' }
    await run('edit', edit, { turn: name })
    const { id } = await submitPatch(studio, agent, { intentId: name, title })
    patches.push(id)
  }
  const [first = '', second = '', third = ''] = patches
  const decide = async (role: RoleKey, patch: string, decision: 'approve' | 'reject') => {
    const hunks = digestsIn(await patchDetail(studio, patch))
    const done = await decidePatch(studio, studio.person(role), patch, decision, hunks)
    expect(done.outcome).toBe('done')
  }

  const long = new Date(Date.now() - 60_000)
  await prompted('one', long)
  expect(await patchNews(sql, agent.sessionId, 'one')).toBeNull()
  await prompted('two', new Date(Date.now() - 30_000))
  expect(await patchNews(sql, agent.sessionId, 'two')).toBeNull()

  const [hunk] = digestsIn(await patchDetail(studio, second))
  await studio.post('/internal/patches/comment', {
    as: studio.person('maintainer'),
    workspaceId: studio.workspace.id,
    patch: second,
    hunk,
    text: 'Why "2"?',
  })
  await decide('maintainer', first, 'approve')
  await decide('maintainer', second, 'reject')
  await decide('builder', third, 'approve')
  expect((await patchNews(sql, agent.sessionId, 'three'))?.split('\n')).toEqual([
    `- patch ${first} (First): approved by maintainer: 1 change in src/a.ts landed and is part of the project now.`,
    `- patch ${second} (Second): rejected by maintainer: 1 change in src/b.ts is gone, also from your view.`,
    `- patch ${third} (Third): accepted by builder: 1 change in src/c.ts landed and is part of the project now.`,
    `- patch ${second}: maintainer commented on src/b.ts: "Why \\"2\\"?"`,
  ])
  await prompted('three', new Date(Date.now() + 10_000))
  expect(await patchNews(sql, agent.sessionId, 'four')).toBeNull()
  const other = await studio.agent('builder')
  expect(await patchNews(sql, other.sessionId, 'four')).toBeNull()
})
