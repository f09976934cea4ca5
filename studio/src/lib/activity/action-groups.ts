/** Actions of the audit log in the groups by which people look for them. */
import { AUDIT_ACTIONS } from '@relpin/authority/audit-events.ts'

export const ACTION_OPTIONS = [
  { value: 'all', label: 'Every action' },
  ...AUDIT_ACTIONS.map((action) => ({ value: action as string, label: action as string })),
] as const
