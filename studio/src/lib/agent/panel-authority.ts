/** What the panel shows of a role's authority; the server decides again, whatever is shown. */
import { aiLevel, grantsOf } from '@relpin/authority/roles.ts'

export type PanelApp = { readonly id: string; readonly slug: string; readonly name: string }
export type PanelMe = {
  readonly member: { readonly id: string; readonly name: string; readonly hue: number }
  readonly role: { readonly name: string; readonly grants: readonly string[] }
}

export type PanelAuthority = {
  /** Whether sessions may be opened at all. */
  readonly opencode: boolean
  /** Whether this member may add provider keys. */
  readonly credentials: boolean
  /** Whether this member sees everybody's usage and sets budgets. */
  readonly billing: boolean
  /** What becomes of the agent's edits to source files. */
  readonly edits: 'direct' | 'queue' | 'off'
  /** The same in words. */
  readonly words: string
}

export function authorityOf(role: PanelMe['role']): PanelAuthority {
  const grants = grantsOf(role.grants)
  const own = grants.has('action:studio:authoring:exec')
    ? 'direct'
    : grants.has('action:studio:authoring:queue')
      ? 'queue'
      : 'off'
  const agent = aiLevel(grants, 'edit')
  const edits =
    own === 'off' || agent === 'off'
      ? 'off'
      : own === 'queue' || agent === 'queue'
        ? 'queue'
        : 'direct'
  return {
    opencode: grants.has('capability:studio:opencode'),
    credentials: grants.has('action:studio:org:credentials'),
    billing: grants.has('action:studio:org:billing'),
    edits,
    words: WORDS[edits](role.name),
  }
}

const WORDS = {
  direct: (role: string) => `${role}: its edits land at once`,
  queue: (role: string) => `${role}: its edits wait for approval`,
  off: (role: string) => `${role}: it reads and explains, and writes nothing`,
} as const
