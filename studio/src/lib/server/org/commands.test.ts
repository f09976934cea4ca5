/** An organization's own slash commands: its Admins manage them, and each change is on record. */
import { expect, test } from 'vitest'
import { listCommands, putCommand, removeCommand } from '#lib/server/org/commands.ts'
import { testServices } from '#lib/server/testing/test-services.ts'

const STYLE = { name: 'house-style', description: 'Check the style', template: 'Check $ARGUMENTS.' }

test('an Admin adds, replaces and removes commands; everybody has them beside the built-in ones', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const admin = await studio.join(owner, 'admin', 'Ada')
  const names = async () => (await listCommands(studio.sql, owner.orgId)).map(({ name }) => name)
  expect(await names()).toEqual(['review', 'explain', 'tests', 'scaffold'])
  await putCommand(studio, admin, STYLE)
  const changed = await putCommand(studio, owner, { ...STYLE, template: 'Look at $ARGUMENTS.' })
  expect(changed).toMatchObject({
    template: 'Look at $ARGUMENTS.',
    builtIn: false,
    changed: { by: owner.name },
  })
  expect(await names()).toEqual(['review', 'explain', 'tests', 'scaffold', 'house-style'])
  await removeCommand(studio, admin, 'house-style')
  expect(await names()).toHaveLength(4)
  await expect(removeCommand(studio, admin, 'house-style')).rejects.toMatchObject({
    problem: { status: 404 },
  })
  const events = await studio.sql`
    select action, target, decision, detail->>'template' as template from audit_events
    where action like 'command.%' order by id`
  const put = { action: 'command.put', target: '/house-style', decision: 'allowed' }
  expect(events).toEqual([
    { ...put, template: STYLE.template },
    { ...put, template: 'Look at $ARGUMENTS.' },
    { ...put, action: 'command.remove', template: null },
  ])
})

test('nobody takes the name of a built-in command, and no other role manages them', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  await expect(putCommand(studio, owner, { ...STYLE, name: 'review' })).rejects.toMatchObject({
    problem: { status: 409 },
  })
  const maintainer = await studio.join(owner, 'maintainer', 'Mo')
  const refused = { problem: { status: 403, rule: 'action:studio:org:policy' } }
  await expect(putCommand(studio, maintainer, STYLE)).rejects.toMatchObject(refused)
  await expect(removeCommand(studio, maintainer, 'house-style')).rejects.toMatchObject(refused)
})
