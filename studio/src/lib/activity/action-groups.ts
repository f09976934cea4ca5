/** Actions of the audit log in the groups by which people look for them: the first part of an action's name. */
export const ACTION_GROUPS = [
  { value: 'all', label: 'Every action' },
  { value: 'opencode', label: 'OpenCode' },
  { value: 'file', label: 'Files' },
  { value: 'patch', label: 'Proposals' },
  { value: 'finding', label: 'Review findings' },
  { value: 'release', label: 'Releases' },
  { value: 'app', label: 'Apps' },
  { value: 'member', label: 'Members' },
  { value: 'role', label: 'Roles' },
  { value: 'command', label: 'Commands' },
  { value: 'credential', label: 'AI providers' },
  { value: 'price', label: 'Prices' },
  { value: 'budget', label: 'Budgets' },
  { value: 'sign-in', label: 'Sign-ins' },
] as const

/** `opencode` holds `opencode.write`; a full name holds itself. */
export function inActionGroup(action: string, group: string): boolean {
  return group === 'all' || action === group || action.startsWith(`${group}.`)
}
