/** An import is whole or nothing, and says what to do when it was nothing. */
import { createApp } from '@relpin/db/apps.ts'
import { expect, test } from 'vitest'
import { TestStudio } from './testing/studio.ts'

test('an import under a lease that is another node’s by now imports nothing, says so, and works when it is tried again', async () => {
  await using studio = await TestStudio.open({})
  const { sql } = studio.database
  const { orgId } = studio.workspace
  const app = await createApp(sql, { orgId, name: 'empty', createdBy: studio.members.owner })
  const { workspaceId } = app
  const send = () =>
    studio.post<{ imported: number }>('/internal/import', {
      as: studio.person('owner'),
      workspaceId,
      files: [{ path: 'b.ts', content: { kind: 'text', text: 'b' } }],
    })
  const files = () => sql`select from files where workspace_id = ${workspaceId}`

  const other = Promise.withResolvers<undefined>()
  const { locks, workspaces } = studio.server.context
  await workspaces.open(workspaceId)
  const first = locks.run(`workspace:${workspaceId}`, () => other.promise)
  const sent = send()
  sent.catch(() => undefined)
  // Another node takes the workspace over, and gives it back.
  await sql`update workspace_leases set fence = fence + 1 where workspace_id = ${workspaceId}`
  other.resolve(undefined)
  await first
  await expect(sent).rejects.toThrow(/409.*The files were not imported\. Try again\./)
  expect(await files()).toHaveLength(0)
  expect(await send()).toMatchObject({ imported: 1 })
  expect(await files()).toHaveLength(1)
})
