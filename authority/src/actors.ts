/** Who acts: a person, a service member (a CI bot), an agent for its human, or the platform itself. */

export type MemberId = string
export type SessionId = string

export type Person = { readonly kind: 'person'; readonly memberId: MemberId }
export type Service = { readonly kind: 'service'; readonly memberId: MemberId }
/** An OpenCode session. `memberId` is the human on whose behalf it acts, and whose grants bound it. */
export type Agent = {
  readonly kind: 'agent'
  readonly memberId: MemberId
  readonly sessionId: SessionId
}
/** The platform's own housekeeping; it never authors text. */
type System = { readonly kind: 'system' }

export type Actor = Person | Service | Agent | System
/** An actor that can hold grants: everyone but the platform itself. */
export type Member = Person | Service | Agent
/** Whoever gives a command: a person through a sign-in, named by its hex SHA-256, which must still stand when it lands. */
export type Commander = (Person & { readonly signIn: string }) | Service | Agent

/** An agent's session is ended by other means, and a bot never signs in. */
export function signInOf(actor: Commander): string | undefined {
  return actor.kind === 'person' ? actor.signIn : undefined
}

/** The owner of a branch: an agent session has its own, every other member one. */
export function proposerId(actor: Member): string {
  return actor.kind === 'agent' ? actor.sessionId : actor.memberId
}
