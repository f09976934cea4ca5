/** The database role that the services use: it reads and writes rows, owns nothing, and can only add to the audit log. */
import type { Sql } from './connect.ts'

export const APP_ROLE = 'relpin_app'

/** Creates the role in the cluster, or gives an existing one this password. `password` is hexadecimal. */
export async function ensureAppRole(sql: Sql, password: string): Promise<void> {
  if (!/^[0-9a-f]+$/.test(password)) throw new Error('The password of a role must be hexadecimal.')
  const rows = await sql`select 1 from pg_roles where rolname = ${APP_ROLE}`
  const verb = rows.length > 0 ? 'alter' : 'create'
  await sql.unsafe(
    `${verb} role ${APP_ROLE} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${password}'`,
  )
}

/** Grants what the services need in this database; run after every migration, as the owner. */
export async function grantToAppRole(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(`
      revoke create on schema public from public;
      grant usage on schema public to ${APP_ROLE};
      grant select, insert, update, delete on all tables in schema public to ${APP_ROLE};
      grant usage, select on all sequences in schema public to ${APP_ROLE};
      revoke all on audit_events from ${APP_ROLE};
      grant select, insert on audit_events to ${APP_ROLE};
      revoke update, delete on update_archive from ${APP_ROLE};
      revoke all on schema_migrations from ${APP_ROLE};
      grant select on schema_migrations to ${APP_ROLE};
      alter default privileges in schema public
        grant select, insert, update, delete on tables to ${APP_ROLE};
      alter default privileges in schema public grant usage, select on sequences to ${APP_ROLE};`)
  })
}
