/** Invitations by link. The token is in the link and nowhere else: only its SHA-256 is stored. */
import type { Queryable } from './connect.ts'
import { readTimeCursor, toPage, type Page, type PageRequest } from './page.ts'

export type Invitation = {
  readonly id: string
  readonly email: string | null
  readonly role: { readonly key: string; readonly name: string }
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** An invitation that can still be accepted, found by its token. */
export type OpenInvitation = Invitation & {
  readonly orgId: string
  readonly orgName: string
  readonly roleId: string
  readonly roleGrants: readonly string[]
  readonly inviterId: string
}

const OPEN = 'accepted_by is null and revoked_at is null and expires_at > now()'

export async function createInvitation(
  sql: Queryable,
  invitation: {
    readonly orgId: string
    readonly tokenSha256: Buffer
    readonly roleId: string
    readonly email: string | null
    readonly invitedBy: string
    readonly expiresAt: Date
  },
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into invitations (org_id, token_sha256, role_id, email, invited_by, expires_at)
    values (${invitation.orgId}, ${invitation.tokenSha256}, ${invitation.roleId}, ${invitation.email},
            ${invitation.invitedBy}, ${invitation.expiresAt})
    returning id`
  if (!row) throw new Error('An insert returned no row.')
  return row.id
}

/** The open ones of those who are still members, newest first: other links are worth nothing. */
export async function listInvitations(
  sql: Queryable,
  orgId: string,
  page: PageRequest,
): Promise<Page<Invitation>> {
  const after = readTimeCursor(page.cursor)
  const rows = await sql<(Invitation & { at: string })[]>`
    select i.id, i.email, json_build_object('key', r.key, 'name', r.name) as role, m.name as "invitedBy",
           i.created_at as "createdAt", i.expires_at as "expiresAt", i.created_at::text as at
    from invitations i join roles r on r.id = i.role_id join members m on m.id = i.invited_by
    where i.org_id = ${orgId} and m.removed_at is null and ${sql.unsafe(OPEN)}
      ${after ? sql`and (i.created_at, i.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by i.created_at desc, i.id desc limit ${page.limit + 1}`
  return toPage(
    rows,
    page.limit,
    (row) => [row.at, row.id],
    ({ at: _at, ...invitation }) => invitation,
  )
}

/** Inside a transaction the row is locked, so that a link is accepted once only. */
export async function findOpenInvitation(
  sql: Queryable,
  tokenSha256: Buffer,
): Promise<OpenInvitation | null> {
  const [row] = await sql<OpenInvitation[]>`
    select i.id, i.email, json_build_object('key', r.key, 'name', r.name) as role, m.name as "invitedBy",
           i.created_at as "createdAt", i.expires_at as "expiresAt",
           i.org_id as "orgId", o.name as "orgName", i.role_id as "roleId",
           r.grants as "roleGrants", i.invited_by as "inviterId"
    from invitations i join roles r on r.id = i.role_id join members m on m.id = i.invited_by
      join orgs o on o.id = i.org_id
    where i.token_sha256 = ${tokenSha256} and ${sql.unsafe(OPEN)}
    for update of i`
  return row ?? null
}

export async function markAccepted(
  sql: Queryable,
  invitationId: string,
  memberId: string,
): Promise<void> {
  await sql`update invitations set accepted_by = ${memberId} where id = ${invitationId}`
}

/** The role of the open invitation that was revoked, or `null` when there was none. */
export async function revokeInvitation(
  sql: Queryable,
  orgId: string,
  invitationId: string,
): Promise<{ readonly roleKey: string } | null> {
  const [row] = await sql<{ roleKey: string }[]>`
    update invitations i set revoked_at = now() from roles r
    where i.id = ${invitationId} and i.org_id = ${orgId} and r.id = i.role_id
      and i.accepted_by is null and i.revoked_at is null
    returning r.key as "roleKey"`
  return row ?? null
}
