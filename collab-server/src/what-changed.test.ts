/** Whoever was stopped at the last moment hears why, and what to do next. */
import { deleteSignIn } from '@relpin/db/sign-ins.ts'
import { expect, test } from 'vitest'
import { TestStudio } from './testing/studio.ts'
import { whatChanged } from './what-changed.ts'

test('a changed role, an archived app, a sign-out and a removal are each told as what they are', async () => {
  await using studio = await TestStudio.open({})
  const { sql } = studio.database
  const { memberId, signIn } = studio.person('builder')
  const told = async () => whatChanged(sql, { memberId, signIn }, studio.workspace.id)
  expect((await told()).why).toMatch(/role was changed.*try again/)
  await sql`update apps set archived_at = now() where id = ${studio.workspace.appId}`
  expect((await told()).why).toMatch(/archived.*Restore it/)
  await deleteSignIn(sql, Buffer.from(signIn, 'hex'))
  expect((await told()).why).toMatch(/signed out.*Sign in/)
  await sql`update members set removed_at = now() where id = ${memberId}`
  expect((await told()).why).toMatch(/no longer a member/)
})
