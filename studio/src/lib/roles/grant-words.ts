/** Grants in words, in the groups in which people think about them. */
import { AI_PERMISSIONS, type AiPermission, type Grant } from '@relpin/authority/roles.ts'

export type GrantLine = { readonly grant: Grant; readonly words: string; readonly more: string }
type GrantGroup = { readonly title: string; readonly lines: readonly GrantLine[] }

const line = (grant: Grant, words: string, more: string): GrantLine => ({ grant, words, more })

export const GRANT_GROUPS: readonly GrantGroup[] = [
  {
    title: 'Project files',
    lines: [
      line('action:studio:authoring:read', 'Read', 'Open apps and read their files.'),
      line('action:studio:authoring:exec', 'Write directly', 'Edits land in main at once.'),
      line('action:studio:authoring:queue', 'Propose', 'Edits wait until somebody approves them.'),
      line('action:studio:authoring:approve', 'Approve', "Approve or reject others' proposals."),
      line('action:studio:app:manage', 'Manage apps', 'Create, rename, archive and delete apps.'),
    ],
  },
  {
    title: 'Releases',
    lines: [
      line('action:studio:release:pin', 'Pin', 'Turn main into a release.'),
      line('action:studio:release:promote', 'Promote', 'Move a release on to TEST and PROD.'),
      line('action:studio:release:rollback', 'Roll back', 'Return an environment to a release.'),
    ],
  },
  {
    title: 'Organization',
    lines: [
      line('action:studio:audit:read', 'Read activity', 'See the audit log.'),
      line('action:studio:audit:export', 'Export activity', 'Take the audit log out, with proof.'),
      line('action:studio:org:members', 'Members', 'Invite, change roles, remove.'),
      line('action:studio:org:roles', 'Roles', 'Change what roles may do.'),
      line('action:studio:org:policy', 'Policy files', 'Write AGENTS.md and .relpin directly.'),
      line('action:studio:org:credentials', 'Provider keys', 'Add and remove AI providers.'),
      line('action:studio:org:billing', 'Billing', 'Credits, seats and budgets.'),
      line('action:studio:org:ownership', 'Ownership', 'Hand over the organization.'),
    ],
  },
]

export const OPENCODE: GrantLine = line(
  'capability:studio:opencode',
  'Use OpenCode',
  'Start sessions. Without it there are none.',
)

export const AI_LINES: readonly {
  readonly permission: AiPermission
  readonly words: string
  readonly more: string
}[] = AI_PERMISSIONS.map((permission) => ({
  permission,
  ...{
    review: { words: 'Review', more: 'The agent reads the project and reports.' },
    chat: { words: 'Chat', more: 'The agent answers questions.' },
    edit: { words: 'Edit', more: 'The agent changes source, test and config files.' },
    dependency: { words: 'Dependencies', more: 'The agent changes package.json and lock files.' },
    publish: { words: 'Publish', more: 'The agent prepares releases.' },
  }[permission],
}))

export const AI_LEVELS = [
  { value: 'off', label: 'Off' },
  { value: 'queue', label: 'Waits for approval' },
  { value: 'direct', label: 'Direct' },
] as const
