/** One event of the audit log as the API gives it; `id` rises with the order of the log. */
import type { z } from 'zod'
import type { auditEvent } from '#lib/server/api/audit-schemas.ts'

export type AuditEvent = z.infer<typeof auditEvent>
