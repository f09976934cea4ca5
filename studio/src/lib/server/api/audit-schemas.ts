/** The shape of audit events, and what a reader may ask for. */
import { AUDIT_ACTIONS } from '@relpin/authority/audit-events.ts'
import { z } from 'zod'
import { moment } from '#lib/server/api/schemas.ts'

export const auditEvent = z.object({
  id: z.number().int(),
  at: moment,
  actor: z.object({
    kind: z.string(),
    memberId: z.string().nullable(),
    name: z.string().nullable(),
    hue: z.number().nullable(),
    sessionId: z.string().nullable(),
  }),
  app: z.object({ id: z.string(), slug: z.string(), name: z.string() }).nullable(),
  environment: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  pathClass: z.string().nullable(),
  decision: z.enum(['allowed', 'denied', 'pending']),
  rule: z.string(),
  /** The patch's short id. */
  patchId: z.string().nullable(),
  reviewer: z.object({ memberId: z.string(), name: z.string() }).nullable(),
  detail: z.record(z.string(), z.unknown()),
})

const PREFIXES = [...new Set(AUDIT_ACTIONS.map((action) => action.split('.')[0] ?? action))]

export const auditQuery = z.object({
  action: z
    .enum([...AUDIT_ACTIONS, ...PREFIXES], 'Use an action such as "file.write", or its first part.')
    .optional(),
  decision: z.enum(['allowed', 'denied', 'pending']).optional(),
  app: z.string().max(64).optional(),
  member: z.uuid().optional(),
  session: z.uuid().optional(),
})
