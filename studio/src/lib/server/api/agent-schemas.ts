/** The shapes of sessions, models, credentials and releases, as agent-bridge tells them. */
import { z } from 'zod'

export const environment = z.enum(['DEV', 'TEST', 'PROD'])

export const modelChoice = z.object({
  id: z.string(),
  label: z.string(),
  provider: z.string(),
  environment,
  demo: z.boolean(),
})

export const session = z.object({
  id: z.uuid(),
  appId: z.uuid(),
  memberId: z.uuid(),
  memberName: z.string(),
  memberHue: z.number().int(),
  title: z.string().nullable(),
  environment,
  modelId: z.string(),
  modelLabel: z.string(),
  demo: z.boolean(),
  proposeFirst: z.boolean(),
  state: z.enum(['starting', 'connected', 'working', 'failed', 'closed']),
  isolated: z.boolean(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
})

const model = z.object({
  id: z.string().trim().min(1).max(200),
  label: z.string().trim().min(1).max(100),
})

const protocol = z.enum(['chat', 'responses', 'messages'])

export const credential = z.object({
  id: z.uuid(),
  environment,
  provider: z.string(),
  baseUrl: z.string(),
  protocol,
  hasKey: z.boolean(),
  /** When the key was put in last. */
  keyAt: z.string().nullable(),
  models: z.array(model).readonly(),
  demo: z.boolean(),
  createdAt: z.string(),
})

export const newCredential = z.object({
  environment: environment.default('DEV'),
  provider: z.string().trim().min(1).max(60),
  baseUrl: z.string().trim().min(1).max(500),
  protocol: protocol.default('chat'),
  /** Goes in and never comes out; empty where the server needs none. */
  key: z.string().trim().max(4_000).default(''),
  models: z.array(model).min(1, 'Name at least one model.').max(50),
})

/** Another key, other models. Not the address: a stored key is never sent elsewhere than where it was meant for. */
export const credentialChange = z.object({
  key: z.string().trim().max(4_000).optional(),
  models: z.array(model).min(1, 'Name at least one model.').max(50).optional(),
})

export const connectionTest = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('answered'), ms: z.number() }),
  z.object({ outcome: z.literal('failed'), why: z.string() }),
])

export const offeredModels = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('listed'), models: z.array(z.string()).readonly() }),
  z.object({ outcome: z.literal('failed'), why: z.string() }),
])

export const release = z.object({
  digest: z.string(),
  number: z.number().int(),
  appId: z.uuid(),
  title: z.string(),
  parent: z.string().nullable(),
  files: z.number().int(),
  bytes: z.number().int(),
  pinnedBy: z.object({ memberId: z.string(), name: z.string() }),
  pinnedAt: z.string(),
})

export const pinnedRelease = release.extend({
  outcome: z.enum(['pinned', 'already-pinned']),
  leftOut: z.array(z.string()).readonly(),
})

export const comparison = z.object({
  from: z.string(),
  to: z.string(),
  files: z
    .array(
      z.object({
        path: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        before: z.string().nullable(),
        after: z.string().nullable(),
      }),
    )
    .readonly(),
})

export const idParams = z.object({ id: z.uuid() })
export const digestParams = z.object({
  digest: z.string().regex(/^(sha256:)?[0-9a-f]{64}$/, 'A digest has 64 hex digits.'),
})
