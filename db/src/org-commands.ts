/** The slash commands that an organization added: rows that its Admins manage. */
import type { OwnCommand } from '@relpin/authority/slash-commands.ts'
import type { Queryable } from './connect.ts'

export type OrgCommand = OwnCommand & {
  readonly changedBy: { readonly memberId: string; readonly name: string }
  readonly changedAt: Date
}

/** By name. */
export async function listOrgCommands(
  sql: Queryable,
  orgId: string,
): Promise<readonly OrgCommand[]> {
  return sql<OrgCommand[]>`
    select c.name, c.description, c.template, c.changed_at as "changedAt",
           jsonb_build_object('memberId', m.id, 'name', m.name) as "changedBy"
    from org_commands c join members m on m.id = c.changed_by
    where c.org_id = ${orgId} order by c.name`
}

/** Adds it, or replaces the one of this name. */
export async function putOrgCommand(
  sql: Queryable,
  orgId: string,
  memberId: string,
  command: OwnCommand,
): Promise<'added' | 'replaced'> {
  const [row] = await sql<{ added: boolean }[]>`
    insert into org_commands (org_id, name, description, template, changed_by)
    values (${orgId}, ${command.name}, ${command.description}, ${command.template}, ${memberId})
    on conflict (org_id, name) do update
      set description = excluded.description, template = excluded.template,
          changed_by = excluded.changed_by, changed_at = now()
    returning xmax = 0 as added`
  return row?.added ? 'added' : 'replaced'
}

/** False when there is none of this name. */
export async function removeOrgCommand(
  sql: Queryable,
  orgId: string,
  name: string,
): Promise<boolean> {
  const rows = await sql`
    delete from org_commands where org_id = ${orgId} and name = ${name} returning name`
  return rows.length > 0
}
