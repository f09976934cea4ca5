/** A stored key opens only under the installation's master keys and in its own place, also while they are rotated. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Sql } from '../connect.ts'
import { insertCredential, loadCredential } from '../credentials.ts'
import { createOrg } from '../orgs.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { seal, unseal } from './envelope.ts'
import { MasterKeys } from './master-keys.ts'
import { holdKeys, retire, rotate, versionsInUse } from './rotate.ts'

const PLACE = 'org-1|DEV|moonshot'
const SECRET = Buffer.from('sk-secret')
let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'vault-')), 'keys')
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

it('makes the first master key once, for its owner’s eyes only', async () => {
  const [first, second] = await Promise.all([
    new MasterKeys(folder).newest(),
    new MasterKeys(folder).newest(),
  ])
  expect(second.bytes.equals(first.bytes)).toBe(true)
  expect((await stat(join(folder, 'master-1.key'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

it('seals each secret under a key of its own, and never the same way twice', async () => {
  const keys = new MasterKeys(folder)
  const [one, two] = [await seal(keys, PLACE, SECRET), await seal(keys, PLACE, SECRET)]
  expect((await unseal(keys, PLACE, one))?.toString()).toBe('sk-secret')
  expect(one.ciphertext).not.toEqual(two.ciphertext)
  // The data key of one does not open the other.
  expect(await unseal(keys, PLACE, { ...one, wrappedKey: two.wrappedKey })).toBeNull()
  expect(Buffer.from(one.ciphertext).toString('latin1')).not.toContain('secret')
})

it('opens nothing elsewhere, nor what was changed', async () => {
  const keys = new MasterKeys(folder)
  const sealed = await seal(keys, PLACE, SECRET)
  for (const place of ['org-2|DEV|moonshot', 'org-1|PROD|moonshot', 'org-1|DEV|openai'])
    expect(await unseal(keys, place, sealed)).toBeNull()
  for (const part of ['ciphertext', 'wrappedKey', 'nonce'] as const) {
    const changed = Buffer.from(sealed[part] ?? [])
    changed[0] = (changed[0] ?? 0) ^ 1
    expect(await unseal(keys, PLACE, { ...sealed, [part]: changed })).toBeNull()
  }
  expect(await unseal(new MasterKeys(`${folder}-other`), PLACE, sealed)).toBeNull()
})

it('says what to do when the file is damaged', async () => {
  await new MasterKeys(folder).newest()
  await writeFile(join(folder, 'master-1.key'), 'short')
  await expect(new MasterKeys(folder).newest()).rejects.toThrow('Restore it from your backup')
})

it('is rotated while readers and writers go on; the old key can go afterwards', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const member = await seedMember(sql)
  const keys = new MasterKeys(folder)
  const place = (provider: string) => `${member.orgId}|DEV|${provider}`
  const put = (provider: string) =>
    sql.begin(async (tx) => {
      await holdKeys(tx)
      return insertCredential(tx, {
        id: randomUUID(),
        orgId: member.orgId,
        environment: 'DEV',
        provider,
        baseUrl: 'https://models.example/v1',
        protocol: 'chat',
        models: [{ id: 'm', label: 'M' }],
        demo: false,
        key: await seal(keys, place(provider), Buffer.from(`sk-${provider}`)),
        createdBy: member.id,
      })
    })
  const stored = await Promise.all(['one', 'two', 'three'].map(put))
  const open = async (id: string) => {
    const credential = await loadCredential(sql, id)
    // Another process: it knows of a version only what the folder tells it.
    const reader = new MasterKeys(folder)
    const { provider, key } = credential ?? {}
    return key && (await unseal(reader, place(provider ?? ''), key))?.toString()
  }

  const seen: (string | null | undefined)[] = []
  let reading = true
  const readers = (async () => {
    while (reading) for (const { id } of stored) seen.push(await open(id))
  })()
  for (let version = 2; version <= 4; version++) {
    expect(await keys.add()).toBe(version)
    const [rotated] = await Promise.all([rotate(sql, keys), put(`meanwhile-${version}`)])
    expect(rotated.stuck).toEqual([])
  }
  reading = false
  await readers
  expect(new Set(seen)).toEqual(new Set(['sk-one', 'sk-two', 'sk-three']))

  await rotate(sql, keys)
  expect(await versionsInUse(sql)).toEqual(new Map([[4, 6]]))
  expect(await retire(sql, keys)).toEqual([1, 2, 3])
  expect(await keys.versions()).toEqual([4])
  expect(await Promise.all(stored.map(({ id }) => open(id)))).toEqual([
    'sk-one',
    'sk-two',
    'sk-three',
  ])
})

it('keeps a version that still seals something, and names what does not open', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const member = await seedMember(sql)
  const keys = new MasterKeys(folder)
  const credential = await insertCredential(sql, {
    id: randomUUID(),
    orgId: member.orgId,
    environment: 'DEV',
    provider: 'moved',
    baseUrl: 'https://models.example/v1',
    protocol: 'chat',
    models: [{ id: 'm', label: 'M' }],
    demo: false,
    key: await seal(keys, 'another place', SECRET),
    createdBy: member.id,
  })
  await keys.add()
  expect(await rotate(sql, keys)).toEqual({ version: 2, moved: 0, stuck: [credential.id] })
  expect(await retire(sql, keys)).toEqual([])
  expect(await keys.versions()).toEqual([1, 2])
})

async function seedMember(sql: Sql): Promise<{ readonly id: string; readonly orgId: string }> {
  const org = await createOrg(sql, 'Test org')
  if (!org) throw new Error('there is an org already')
  const [row] = await sql<{ id: string }[]>`
    insert into members (org_id, kind, name, email, role_id, hue)
    select ${org.id}, 'person', 'Admin', 'admin@example.test', id, 200 from roles
    where org_id = ${org.id} and key = 'admin' returning id`
  return { id: row?.id ?? '', orgId: org.id }
}
