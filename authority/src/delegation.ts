/** Who may hand authority to whom: nobody grants more than they hold, and an organization never loses its last Owner. */
import type { Grant, Grants } from './roles.ts'

export type DelegationRefusal = { readonly rule: string; readonly why: string }

/** True when `holder` could do all that `grant` allows: writing directly covers proposing. */
export function coversGrant(holder: Grants, grant: Grant): boolean {
  if (holder.has(grant)) return true
  if (grant === 'action:studio:authoring:queue') return holder.has('action:studio:authoring:exec')
  if (grant.startsWith('ai:') && grant.endsWith(':queue')) {
    return holder.has(grant.replace(/:queue$/, ':direct') as Grant)
  }
  return false
}

/**
 * May somebody with the grants `holder` give away `given`, or take away what somebody else holds?
 * `null` means yes. Taking is judged like giving: an Admin can neither make nor unmake an Owner.
 */
export function refuseDelegation(
  holder: Grants,
  given: Grants,
  roleName: string,
): DelegationRefusal | null {
  const missing = [...given].find((grant) => !coversGrant(holder, grant))
  if (missing === undefined) return null
  if (missing === 'action:studio:org:ownership') {
    return {
      rule: 'delegation:ownership',
      why: `Only an Owner can give or take the role ${roleName}. Ask an Owner.`,
    }
  }
  return {
    rule: 'delegation:more-than-held',
    why: `You cannot give or take the role ${roleName}: it holds ${missing}, which your own role does not.`,
  }
}

/** The refusal for a change after which nobody could hand over the organization any more. */
export const LAST_OWNER: DelegationRefusal = {
  rule: 'delegation:last-owner',
  why: 'An organization needs an Owner. Make somebody else an Owner first.',
}
