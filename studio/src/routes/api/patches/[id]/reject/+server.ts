/** Deciding about a patch. */
import { decisionEndpoint } from '#lib/server/api/decision-endpoint.ts'

export const POST = decisionEndpoint('reject', "Reject hunks of a patch, or withdraw one's own")
