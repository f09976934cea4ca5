/** Findings of reviews: how serious one is, and how the patch of its suggested edit is known. */

/** The most serious first. */
export const FINDING_SEVERITIES = ['error', 'warning', 'info'] as const
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number]

/** The intent of the patch that holds a finding's suggested edit: that is how they belong together. */
export const findingIntent = (findingId: string): string => `finding:${findingId}`

export const MAX_FINDING_MESSAGE = 2_000
export const MAX_FINDING_REPLY = 4_000
