/** The grammar of grants, and the six built-in roles: rows of grants that a database seeds, never code paths. */

const AUTHORITY_GRANTS = [
  'capability:studio:opencode',
  'action:studio:authoring:read',
  'action:studio:authoring:exec',
  'action:studio:authoring:queue',
  'action:studio:authoring:approve',
  'action:studio:app:manage',
  'action:studio:release:pin',
  'action:studio:release:promote',
  'action:studio:release:rollback',
  'action:studio:audit:read',
  'action:studio:audit:export',
  'action:studio:org:members',
  'action:studio:org:roles',
  'action:studio:org:policy',
  'action:studio:org:credentials',
  'action:studio:org:billing',
  'action:studio:org:ownership',
] as const

export const AI_PERMISSIONS = ['review', 'chat', 'edit', 'dependency', 'publish'] as const
export type AiPermission = (typeof AI_PERMISSIONS)[number]
/** Absent means off. */
type AiLevel = 'queue' | 'direct'

export type Grant = (typeof AUTHORITY_GRANTS)[number] | `ai:${AiPermission}:${AiLevel}`
export type Grants = ReadonlySet<Grant>

const KNOWN: ReadonlySet<string> = new Set<string>([
  ...AUTHORITY_GRANTS,
  ...AI_PERMISSIONS.flatMap((permission) => [`ai:${permission}:queue`, `ai:${permission}:direct`]),
])

export function isGrant(text: string): text is Grant {
  return KNOWN.has(text)
}

/** The grants of a stored row. What this version does not know grants nothing. */
export function grantsOf(row: readonly string[]): Grants {
  return new Set(row.filter(isGrant))
}

export function aiLevel(grants: Grants, permission: AiPermission): AiLevel | 'off' {
  if (grants.has(`ai:${permission}:direct`)) return 'direct'
  return grants.has(`ai:${permission}:queue`) ? 'queue' : 'off'
}

export type BuiltInRole = {
  readonly key: 'viewer' | 'builder' | 'reviewer' | 'maintainer' | 'admin' | 'owner'
  readonly name: string
  readonly summary: string
  readonly grants: readonly Grant[]
}

const READ: readonly Grant[] = [
  'capability:studio:opencode',
  'action:studio:authoring:read',
  'action:studio:audit:read',
  'ai:review:direct',
  'ai:chat:direct',
]
const WRITE: readonly Grant[] = [...READ, 'action:studio:authoring:exec', 'ai:edit:direct']
const MAINTAIN: readonly Grant[] = [
  ...WRITE,
  'ai:dependency:direct',
  'ai:publish:queue',
  'action:studio:authoring:approve',
  'action:studio:app:manage',
  'action:studio:release:pin',
  'action:studio:release:promote',
  'action:studio:release:rollback',
]
const ADMINISTER: readonly Grant[] = [
  ...MAINTAIN,
  'action:studio:audit:export',
  'action:studio:org:members',
  'action:studio:org:roles',
  'action:studio:org:policy',
  'action:studio:org:credentials',
  'action:studio:org:billing',
]

export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  {
    key: 'viewer',
    name: 'Viewer',
    summary: 'Reads and asks. Writes nothing, and neither does its agent.',
    grants: READ,
  },
  {
    key: 'builder',
    name: 'Builder',
    summary: 'Writes directly, and so does its agent; dependencies wait for approval.',
    grants: [...WRITE, 'ai:dependency:queue'],
  },
  {
    key: 'reviewer',
    name: 'Reviewer',
    summary: 'Proposes. Every edit, typed or by its agent, waits for approval.',
    grants: [...READ, 'action:studio:authoring:queue', 'ai:edit:queue', 'ai:dependency:queue'],
  },
  {
    key: 'maintainer',
    name: 'Maintainer',
    summary: "Writes directly, approves others' proposals, manages apps and pins releases.",
    grants: MAINTAIN,
  },
  {
    key: 'admin',
    name: 'Admin',
    summary: 'A Maintainer who also manages members, roles, policy, credentials and billing.',
    grants: ADMINISTER,
  },
  {
    key: 'owner',
    name: 'Owner',
    summary: 'An Admin who may also hand over the organization.',
    grants: [...ADMINISTER, 'action:studio:org:ownership'],
  },
]
