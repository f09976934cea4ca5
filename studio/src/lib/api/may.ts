/** Whether to show a button: the server's own decision function, asked with one's own grants. The server decides again. */
import { decide, type AuthorityRequest, type Decision } from '@relpin/authority/decide.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import type { Me } from './shapes.ts'

type Question = AuthorityRequest extends infer Each
  ? Each extends AuthorityRequest
    ? Omit<Each, 'subject'>
    : never
  : never

/** `may(me, { action: 'release.pin' }).effect === 'allow'`; `.why` says what is missing. */
export function may(me: Me, question: Question): Decision {
  return decide({
    subject: {
      actor: { kind: 'person', memberId: me.member.id },
      grants: grantsOf(me.role.grants),
      roleName: me.role.name,
    },
    ...question,
  })
}
