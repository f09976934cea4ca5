/** The one decision: may this actor do this, at once, after approval, or not at all? Pure, total, synchronous. */
import type { Actor, MemberId } from './actors.ts'
import type { PathClass } from './path-class.ts'
import { aiLevel, type Grant, type Grants } from './roles.ts'

type Effect = 'allow' | 'queue' | 'deny'

/** What must hold when the effect is carried out. */
export type Obligation =
  /** Somebody else with authority approves; neither the requester nor a contributor counts. */
  | 'approval-by-another'
  /** The human behind it may accept it, because they could have written it directly. */
  | 'approval-by-author'

export type Decision = {
  readonly effect: Effect
  /** A stable name for the rule that decided, shown in the audit log and to the actor. */
  readonly rule: string
  /** One sentence for people: what was decided and what to do next. */
  readonly why: string
  readonly obligations: readonly Obligation[]
}

/** The authority that an actor brings. `grants` are the member's: an agent's are its human's. */
export type Subject = {
  readonly actor: Actor
  readonly grants: Grants
  /** The role's name, for sentences only. */
  readonly roleName: string
}

export type AuthorityRequest = { readonly subject: Subject } & (
  | { readonly action: 'file.read'; readonly pathClass: PathClass }
  | {
      readonly action: 'file.write'
      readonly pathClass: PathClass
      /** The session's or the person's own switch; it only ever narrows. */
      readonly proposeFirst: boolean
    }
  | {
      readonly action: 'patch.approve'
      readonly pathClasses: readonly PathClass[]
      /** Everyone who asked for or typed any of it; an agent counts as its human. */
      readonly contributors: readonly MemberId[]
      /** Why it waits: an `approval-by-author` patch may be accepted by the member behind it. */
      readonly obligations: readonly Obligation[]
    }
  | { readonly action: 'patch.reject'; readonly contributors: readonly MemberId[] }
  | { readonly action: 'patch.comment' | 'finding.reply' }
  | { readonly action: 'finding.add'; readonly pathClass: PathClass }
  /** `author` is the member who left it, or whose agent did. */
  | { readonly action: 'finding.resolve'; readonly author: MemberId }
  | { readonly action: 'session.open' | 'session.prompt' }
  /** Running the project's code in a capsule, and fetching packages for it. */
  | { readonly action: 'shell.run' | 'shell.packages' }
  | { readonly action: 'member.manage' | 'role.manage' | 'credential.manage' }
  | { readonly action: 'billing.manage' | 'command.manage' }
  | { readonly action: 'app.manage' | 'app.read' | 'release.pin' | 'audit.read' }
)

/** Judges one request. Every path ends in an explicit effect; what no rule allows is denied. */
export function decide(request: AuthorityRequest): Decision {
  const { subject } = request
  if (subject.actor.kind === 'system')
    return deny('system', 'The platform itself does not act for anyone.')
  switch (request.action) {
    case 'file.read':
      return decideRead(subject, request.pathClass)
    case 'file.write':
      return decideWrite(subject, request.pathClass, request.proposeFirst)
    case 'patch.approve':
      return decideApproval(subject, request.pathClasses, request.contributors, request.obligations)
    case 'patch.reject':
      return decideRejection(subject, request.contributors)
    case 'patch.comment':
      return personal(subject, 'action:studio:authoring:read', 'comment on a proposal')
    case 'finding.reply':
      return personal(subject, 'action:studio:authoring:read', 'reply to a finding')
    case 'finding.add':
      return decideFinding(subject, request.pathClass)
    case 'finding.resolve':
      return decideResolving(subject, request.author)
    case 'session.open':
    case 'session.prompt':
      return decideSession(subject)
    case 'shell.run':
      return decideShell(subject, 'edit')
    case 'shell.packages':
      return decideShell(subject, 'dependency')
    case 'app.read':
      return personal(subject, 'action:studio:authoring:read', 'open this app')
    case 'app.manage':
      return personal(subject, 'action:studio:app:manage', 'create or change apps')
    case 'release.pin':
      return personal(subject, 'action:studio:release:pin', 'pin a release')
    case 'audit.read':
      return personal(subject, 'action:studio:audit:read', 'read the activity')
    case 'member.manage':
      return personal(subject, 'action:studio:org:members', 'manage members')
    case 'role.manage':
      return personal(subject, 'action:studio:org:roles', 'manage roles')
    case 'credential.manage':
      return personal(subject, 'action:studio:org:credentials', 'manage provider keys')
    case 'billing.manage':
      return personal(
        subject,
        'action:studio:org:billing',
        "see everybody's usage, or set prices and budgets",
      )
    case 'command.manage':
      return personal(subject, 'action:studio:org:policy', 'manage slash commands')
  }
}

/** The stricter of two effects, for a command over several files: the strictest holds for all of it. */
export function strictest(decisions: readonly [Decision, ...Decision[]]): Decision {
  const rank = { allow: 0, queue: 1, deny: 2 } as const
  return decisions.reduce((worst, next) => (rank[next.effect] > rank[worst.effect] ? next : worst))
}

function decideRead(subject: Subject, pathClass: PathClass): Decision {
  if (!subject.grants.has('action:studio:authoring:read')) {
    return deny(
      'authoring:read',
      `Role ${subject.roleName} cannot read project files. Ask an Admin for a role that can.`,
    )
  }
  if (subject.actor.kind !== 'agent') return allow('authoring:read', 'Reading is granted.')
  if (pathClass === 'secret') {
    return deny('path:secret', 'Secret files are never shown to an agent. Go on without this file.')
  }
  if (aiLevel(subject.grants, 'review') === 'off' && aiLevel(subject.grants, 'chat') === 'off') {
    return deny('ai:review', `Role ${subject.roleName} does not let an agent read the project.`)
  }
  return allow('ai:review', 'Reading is granted.')
}

function decideWrite(subject: Subject, pathClass: PathClass, proposeFirst: boolean): Decision {
  if (pathClass === 'secret') {
    return deny(
      'path:secret',
      'Secret files are never writable, by anyone. Keep secrets in the environment instead.',
    )
  }
  const own = authoring(subject, pathClass)
  const decided = subject.actor.kind === 'agent' ? narrowForAgent(subject, pathClass, own) : own
  if (decided.effect === 'allow' && proposeFirst) {
    return queue(
      'propose-first',
      'Propose first is on: this waits until it is accepted.',
      'approval-by-author',
    )
  }
  return decided
}

/** What the member may write with their own hands. */
function authoring(subject: Subject, pathClass: PathClass): Decision {
  const direct = subject.grants.has('action:studio:authoring:exec')
  const mayQueue = direct || subject.grants.has('action:studio:authoring:queue')
  if (!mayQueue) {
    return deny(
      'authoring:exec',
      `Role ${subject.roleName} reads and does not write. Ask an Admin for a role that may edit or propose.`,
    )
  }
  if (pathClass === 'policy' && !subject.grants.has('action:studio:org:policy')) {
    return queue(
      'path:policy',
      'Policy files wait for approval, because they steer what agents and people may do. A Maintainer can approve.',
      'approval-by-another',
    )
  }
  if (direct) return allow('authoring:exec', 'Writing is granted.')
  return queue(
    'authoring:queue',
    `Role ${subject.roleName} queues edits to ${pathClass} files. A Maintainer can approve.`,
    'approval-by-another',
  )
}

/** An agent has its human's authority, cut down by the role's AI permissions; never more. */
function narrowForAgent(subject: Subject, pathClass: PathClass, own: Decision): Decision {
  if (!subject.grants.has('capability:studio:opencode')) {
    return deny('capability:studio:opencode', `Role ${subject.roleName} has no access to OpenCode.`)
  }
  if (own.effect === 'deny') return own
  const permission = pathClass === 'dependency' ? 'dependency' : 'edit'
  const level = aiLevel(subject.grants, permission)
  if (level === 'off') {
    return deny(
      `ai:${permission}`,
      `Role ${subject.roleName} does not let an agent change ${pathClass} files.`,
    )
  }
  if (own.effect === 'queue') return own
  if (pathClass === 'policy') {
    return queue(
      'path:policy',
      'An agent never changes policy files directly. A Maintainer can approve.',
      'approval-by-author',
    )
  }
  if (level === 'queue') {
    return queue(
      `ai:${permission}`,
      `Role ${subject.roleName} queues an agent's edits to ${pathClass} files. Its human or a Maintainer can approve.`,
      'approval-by-author',
    )
  }
  return allow(`ai:${permission}`, 'Writing is granted to the agent.')
}

function decideApproval(
  subject: Subject,
  pathClasses: readonly PathClass[],
  contributors: readonly MemberId[],
  obligations: readonly Obligation[],
): Decision {
  const { actor } = subject
  if (actor.kind !== 'person') {
    return deny(
      'approve:person',
      "Only a person approves. An agent or a service never does, not even with its owner's token.",
    )
  }
  if (pathClasses.includes('secret'))
    return deny('path:secret', 'Secret files are never writable, by anyone.')
  if (contributors.includes(actor.memberId)) {
    const mayWrite = pathClasses.every(
      (pathClass) => authoring(subject, pathClass).effect === 'allow',
    )
    if (mayWrite && !obligations.includes('approval-by-another')) {
      return allow(
        'authoring:accept',
        'You could have written this yourself, so you may accept it.',
      )
    }
    return deny(
      'approve:another',
      'You asked for or wrote part of this. Somebody else with approval authority decides.',
    )
  }
  if (!subject.grants.has('action:studio:authoring:approve')) {
    return deny(
      'authoring:approve',
      `Role ${subject.roleName} cannot approve. A Maintainer, Admin or Owner can.`,
    )
  }
  return allow('authoring:approve', 'Approving is granted.')
}

function decideRejection(subject: Subject, contributors: readonly MemberId[]): Decision {
  if (subject.actor.kind !== 'person')
    return deny('approve:person', 'Only a person rejects a proposal.')
  if (contributors.includes(subject.actor.memberId))
    return allow('patch:withdraw', 'Your own proposal is yours to withdraw.')
  if (subject.grants.has('action:studio:authoring:approve'))
    return allow('authoring:approve', 'Rejecting is granted.')
  return deny(
    'authoring:approve',
    `Role ${subject.roleName} cannot reject. A Maintainer, Admin or Owner can.`,
  )
}

/** A finding changes no text: an agent that may review may leave it, wherever it may read. */
function decideFinding(subject: Subject, pathClass: PathClass): Decision {
  if (subject.actor.kind !== 'agent')
    return deny(
      'finding:review',
      'Findings are left by reviews. Ask OpenCode for one with /review.',
    )
  if (!subject.grants.has('capability:studio:opencode')) {
    return deny('capability:studio:opencode', `Role ${subject.roleName} has no access to OpenCode.`)
  }
  if (aiLevel(subject.grants, 'review') === 'off') {
    return deny('ai:review', `Role ${subject.roleName} does not let an agent review.`)
  }
  const reading = decideRead(subject, pathClass)
  return reading.effect === 'allow' ? allow('ai:review', 'Reviewing is granted.') : reading
}

/** Whoever asked for it, and everybody who may change the project, says when a finding is done with. */
function decideResolving(subject: Subject, author: MemberId): Decision {
  const reading = personal(subject, 'action:studio:authoring:read', 'resolve a finding')
  if (reading.effect !== 'allow') return reading
  if (subject.actor.kind !== 'system' && subject.actor.memberId === author)
    return allow('finding:own', 'Their own review left it.')
  for (const grant of ['exec', 'queue', 'approve'] as const) {
    const full = `action:studio:authoring:${grant}` as const
    if (subject.grants.has(full)) return allow(full, 'Granted by the role.')
  }
  return deny(
    'authoring:exec',
    `Role ${subject.roleName} does not resolve what others’ reviews found. Reply to it, or ask somebody who edits.`,
  )
}

function decideSession(subject: Subject): Decision {
  if (subject.actor.kind === 'agent')
    return deny('session:person', 'An agent does not open sessions of its own.')
  if (!subject.grants.has('capability:studio:opencode')) {
    return deny(
      'capability:studio:opencode',
      `Role ${subject.roleName} has no access to OpenCode. An Admin can grant it.`,
    )
  }
  return allow('capability:studio:opencode', 'OpenCode is granted.')
}

/**
 * Who may change the project, at once or after approval, may run it: what a command changes is judged by itself. An
 * agent runs commands where it may edit, and fetches packages where it may change dependencies.
 */
function decideShell(subject: Subject, permission: 'edit' | 'dependency'): Decision {
  const direct = subject.grants.has('action:studio:authoring:exec')
  if (!direct && !subject.grants.has('action:studio:authoring:queue')) {
    return deny(
      'authoring:exec',
      `Role ${subject.roleName} reads and runs nothing. Ask an Admin for a role that may edit or propose.`,
    )
  }
  if (subject.actor.kind !== 'agent') return allow('authoring:exec', 'Running is granted.')
  if (!subject.grants.has('capability:studio:opencode')) {
    return deny('capability:studio:opencode', `Role ${subject.roleName} has no access to OpenCode.`)
  }
  if (aiLevel(subject.grants, permission) === 'off') {
    const what = permission === 'edit' ? 'run commands' : 'fetch packages'
    return deny(`ai:${permission}`, `Role ${subject.roleName} does not let an agent ${what}.`)
  }
  return allow(`ai:${permission}`, 'Running is granted to the agent.')
}

/** A grant that a member uses themselves; it never passes to their agent. */
function personal(subject: Subject, grant: Grant, what: string): Decision {
  if (subject.actor.kind === 'agent') return deny('agent:personal', `An agent cannot ${what}.`)
  if (subject.grants.has(grant)) return allow(grant, 'Granted by the role.')
  return deny(grant, `Role ${subject.roleName} cannot ${what}. Ask an Admin for a role that can.`)
}

function allow(rule: string, why: string): Decision {
  return { effect: 'allow', rule, why, obligations: [] }
}

function queue(rule: string, why: string, obligation: Obligation): Decision {
  return { effect: 'queue', rule, why, obligations: [obligation] }
}

function deny(rule: string, why: string): Decision {
  return { effect: 'deny', rule, why, obligations: [] }
}
