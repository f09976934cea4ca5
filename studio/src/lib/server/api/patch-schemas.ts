/** The shapes of patches, as collab-server tells them. */
import { z } from 'zod'

export const patchState = z.enum([
  'draft',
  'pending',
  'partly-approved',
  'approved',
  'rejected',
  'withdrawn',
  'landed',
])

export const patchSummary = z.object({
  id: z.string(),
  title: z.string(),
  state: patchState,
  author: z.object({
    memberId: z.string(),
    name: z.string(),
    agent: z.boolean(),
    hue: z.number(),
  }),
  proposerId: z.string(),
  sessionId: z.string().nullable(),
  createdAt: z.string(),
  files: z.array(z.string()).readonly(),
  openHunks: z.number().int(),
  rule: z.string(),
  why: z.string(),
})

const segment = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('insert'),
    at: z.unknown(),
    text: z.string(),
    inBranch: z.object({ from: z.unknown(), to: z.unknown() }),
  }),
  z.object({ kind: z.literal('delete'), from: z.unknown(), to: z.unknown(), text: z.string() }),
])

const hunk = z.object({
  /** What an approver saw, and what approval names. */
  digest: z.string(),
  patch: z.string(),
  fileId: z.string(),
  path: z.string(),
  change: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('text'),
      segments: z.array(segment).readonly(),
      line: z.number().int(),
    }),
    z.object({ kind: z.literal('create'), text: z.string().nullable() }),
    z.object({ kind: z.literal('rename'), to: z.string() }),
    z.object({ kind: z.literal('delete') }),
  ]),
})

export const patchDetail = patchSummary.extend({
  diffs: z
    .array(
      z.object({
        fileId: z.string(),
        path: z.string(),
        before: z.string().nullable(),
        after: z.string().nullable(),
        hunks: z.array(hunk).readonly(),
      }),
    )
    .readonly(),
})

export const decided = z.object({
  patch: patchSummary,
  decision: z.enum(['approve', 'accept', 'reject', 'withdraw']),
})

/** `app` may stand in the address or in the body. */
export const decisionBody = z.object({
  app: z.string().max(64).optional(),
  hunks: z.array(z.string()).min(1).max(5_000).optional(),
})
export const patchParams = z.object({ id: z.string().min(1).max(64) })
export const inApp = z.object({ app: z.string().max(64).optional() })
