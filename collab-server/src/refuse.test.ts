/** What was refused is in the audit log of the app that it was refused in. */
import { createApp } from '@relpin/db/apps.ts'
import { expect, test, vi } from 'vitest'
import { TestStudio, WAIT } from './testing/studio.ts'

test('a refusal is recorded in each app in which it was made, of files named alike too', async () => {
  await using studio = await TestStudio.open({ 'src/main.ts': 'const price = 1\n' })
  const { sql } = studio.database
  const { orgId } = studio.workspace
  const app = await createApp(sql, { orgId, name: 'second', createdBy: studio.members.owner })
  const refused = async (): Promise<void> => {
    const viewer = await studio.open('viewer', 'src/main.ts')
    viewer.text.insert(0, 'FORGED')
    await vi.waitFor(() => {
      expect(viewer.messages).toContainEqual(expect.objectContaining({ verdict: 'denied' }))
    }, WAIT)
  }
  await refused()
  Object.assign(studio, { workspace: { id: app.workspaceId, orgId, appId: app.id } })
  await studio.change(studio.person('owner'), [
    { op: 'create', path: 'src/main.ts', content: { kind: 'text', text: 'other\n' } },
  ])
  await refused()
  const rows =
    await sql`select 1 from audit_events where decision = 'denied' and app_id = ${app.id}`
  expect(rows).toHaveLength(1)
})
