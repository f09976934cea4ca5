/** One event of the audit log as the API gives it. */
import type { AuditDecision } from '@relpin/authority/audit-events.ts'

export type AuditEvent = {
  /** Rises with time; the order of the log. */
  readonly id: number
  readonly at: string
  readonly actor: {
    readonly kind: 'person' | 'service' | 'agent' | 'system' | 'nobody'
    readonly memberId: string | null
    readonly name: string | null
    readonly hue: number | null
    readonly sessionId: string | null
  }
  readonly app: { readonly id: string; readonly slug: string; readonly name: string } | null
  readonly environment: string | null
  readonly action: string
  readonly target: string
  readonly pathClass: string | null
  readonly decision: AuditDecision
  readonly rule: string
  readonly patchId: string | null
  readonly reviewer: { readonly memberId: string; readonly name: string } | null
  readonly detail: Readonly<Record<string, unknown>>
}
