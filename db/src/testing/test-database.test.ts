/** Tests get databases of their own, and reach them with no more power than the services have. */
import { describe, expect, test } from 'vitest'
import { connect } from '../connect.ts'
import { createTestDatabase } from './test-database.ts'

const EVENT = `insert into audit_events (org_id, actor_kind, action, target, decision, rule)
  values (gen_random_uuid(), 'system', 'org.create', 'org', 'allowed', 'test')`

describe('a test database', () => {
  test('is migrated, empty, and shares nothing with another one', async () => {
    await using one = await createTestDatabase()
    await using two = await createTestDatabase()
    await one.sql`insert into orgs (name) values ('Northwind')`
    expect((await one.sql`select 1 from orgs`).length).toBe(1)
    expect((await two.sql`select 1 from orgs`).length).toBe(0)
  })

  test('lets the services add to the audit log and nothing more', async () => {
    await using db = await createTestDatabase()
    await db.sql.unsafe(EVENT)
    for (const attempt of [
      `update audit_events set rule = 'x'`,
      `delete from audit_events`,
      `truncate audit_events`,
      `delete from update_archive`,
      `update update_archive set to_seq = 0`,
      `alter table audit_events disable trigger all`,
      `drop table audit_events`,
      `create table mine (a int)`,
      `delete from schema_migrations`,
    ]) {
      await expect(db.sql.unsafe(attempt), attempt).rejects.toThrow(
        /permission denied|must be owner/,
      )
    }
    expect((await db.sql`select 1 from audit_events`).length).toBe(1)
  })

  test('keeps the audit log from its owner too', async () => {
    await using db = await createTestDatabase()
    const owner = connect(db.ownerUrl, { max: 1 })
    await owner.unsafe(EVENT)
    await expect(owner`delete from audit_events`).rejects.toThrow('append-only')
    await expect(owner`truncate audit_events`).rejects.toThrow('append-only')
    await owner.end()
  })
})
