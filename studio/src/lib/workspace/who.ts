/** The signed-in member as `decide` wants them. */
import type { Subject } from '@relpin/authority/decide.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import type { Me } from '#lib/api/shapes.ts'

export function subjectOf(me: Me): Subject {
  return {
    actor: { kind: 'person', memberId: me.member.id },
    grants: grantsOf(me.role.grants),
    roleName: me.role.name,
  }
}
