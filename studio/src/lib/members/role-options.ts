/** The roles as choices: what is beyond one's own authority stays visible and cannot be chosen. */
import { refuseDelegation } from '@relpin/authority/delegation.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import type { Me, Role } from '#lib/api/shapes.ts'

export function roleOptions(me: Me, roles: readonly Role[]) {
  const held = grantsOf(me.role.grants)
  return roles.map((role) => ({
    value: role.key,
    label: role.name,
    hint: role.summary,
    disabled: refuseDelegation(held, grantsOf(role.grants), role.name) !== null,
  }))
}
