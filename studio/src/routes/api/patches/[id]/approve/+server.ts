/** Deciding about a patch. */
import { decisionEndpoint } from '#lib/server/api/decision-endpoint.ts'

export const POST = decisionEndpoint(
  'approve',
  "Approve hunks of a patch, or accept them where they are one's own agent's",
)
