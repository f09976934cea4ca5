/** The demo's people: one for every role, with passwords that stay and that only this user can read. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BUILT_IN_ROLES } from '@relpin/authority/roles.ts'
import { DEMO_PEOPLE, loadDemoState } from './demo-people.ts'

test('every built-in role has one person', () => {
  expect(DEMO_PEOPLE.map(({ role }) => role).sort()).toEqual(
    BUILT_IN_ROLES.map(({ key }) => key).sort(),
  )
})

test('passwords are made once for a data folder, differ, and are kept private', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-demo-'))
  const first = await loadDemoState(folder)
  expect(await loadDemoState(folder)).toEqual(first)
  const passwords = Object.values(first.passwords)
  expect(new Set(passwords).size).toBe(DEMO_PEOPLE.length)
  for (const password of passwords) expect(password).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){2}$/)
  expect((await stat(join(folder, 'demo.json'))).mode & 0o777).toBe(0o600)
  await rm(folder, { recursive: true })
})
