/** Members, the roles they can have, and open invitations. */
import { ask, need } from '#lib/api/load.ts'
import type { Invitation, Member, Page, Role } from '#lib/api/shapes.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:members')
  const [members, roles, invitations] = await Promise.all([
    need<Page<Member>>(fetch, '/api/members?limit=200', url),
    need<Page<Role>>(fetch, '/api/roles', url),
    // Whoever may not manage members does not see invitations; the page shows without them.
    ask<Page<Invitation>>(fetch, '/api/invitations?limit=200', url),
  ])
  return {
    members: members.items,
    roles: roles.items,
    invitations: invitations.ok ? invitations.value.items : [],
  }
}
