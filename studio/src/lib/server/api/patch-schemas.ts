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
  /** Its author may accept it: they could have written it directly. */
  byAuthor: z.boolean(),
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

const mark = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('overlapping'), why: z.string() }),
  z.object({
    kind: z.literal('depends'),
    on: z.array(z.string()).readonly(),
    why: z.string(),
  }),
  z.object({
    kind: z.literal('contested'),
    patches: z.array(z.string()).readonly(),
    why: z.string(),
  }),
])

const hunk = z.object({
  /** What an approver saw, and what approval names. */
  digest: z.string(),
  patch: z.string(),
  fileId: z.string(),
  path: z.string(),
  /** What to know before deciding. */
  marks: z.array(mark).readonly(),
  change: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('text'),
      segments: z.array(segment).readonly(),
      line: z.number().int(),
      after: z.string().optional(),
    }),
    z.object({ kind: z.literal('create'), text: z.string().nullable() }),
    z.object({ kind: z.literal('rename'), to: z.string() }),
    z.object({ kind: z.literal('delete') }),
  ]),
})

export const patchDetail = patchSummary.extend({
  /** Open hunks of other patches that these stand on: approve both together, or those first. */
  bases: z.array(hunk).readonly(),
  /** What can land no more, and why. */
  stale: z
    .array(
      z.object({
        digest: z.string(),
        path: z.string(),
        kind: z.enum(['text', 'create', 'rename', 'delete']),
        why: z.string(),
        pieces: z
          .array(z.object({ kind: z.enum(['insert', 'delete']), text: z.string() }))
          .readonly(),
      }),
    )
    .readonly(),
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

export const hunkComment = z.object({
  id: z.string(),
  patch: z.string(),
  /** The digest of the hunk when it was commented. */
  hunk: z.string(),
  /** False when that hunk has changed since, or was decided. */
  current: z.boolean(),
  path: z.string(),
  author: z.object({ memberId: z.string(), name: z.string(), hue: z.number() }),
  text: z.string(),
  at: z.string(),
})
export const commentBody = z.object({
  hunk: z.string().min(1).max(100),
  text: z.string().trim().min(1).max(4_000),
})

export const decided = z.object({
  patch: patchSummary,
  decision: z.enum(['approve', 'accept', 'reject', 'withdraw']),
})

/** `app` may stand in the address or in the body. */
export const decisionBody = z.object({
  app: z.string().max(64).optional(),
  /** What was seen, by digest; without them everything that is open now. */
  hunks: z.array(z.string()).min(1).max(5_000).optional(),
  /** Narrows it to these files, by path. */
  files: z.array(z.string().max(1_000)).min(1).max(5_000).optional(),
})
export const patchParams = z.object({ id: z.string().min(1).max(64) })
export const inApp = z.object({ app: z.string().max(64).optional() })
