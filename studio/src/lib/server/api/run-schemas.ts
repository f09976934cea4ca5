/** The shapes of the Run panel, as agent-bridge tells them. */
import { z } from 'zod'

export const runTask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('script'), name: z.string().min(1).max(200) }),
  z.object({
    kind: z.literal('install'),
    packages: z.array(z.string().trim().min(1).max(214)).max(20).readonly().default([]),
  }),
])

const runEnd = z.object({
  code: z.number().int().nullable(),
  why: z.string(),
  changes: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({
      kind: z.enum(['applied', 'queued', 'refused']),
      files: z.array(z.string()).readonly(),
    }),
  ]),
})

export const run = z.object({
  id: z.uuid(),
  appId: z.uuid(),
  memberId: z.uuid(),
  task: runTask,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  end: runEnd.nullable(),
})

export const runPanel = z.object({
  scripts: z.array(z.object({ name: z.string(), command: z.string() })).readonly(),
  refusal: z.string().nullable(),
  runs: z.array(run).readonly(),
})
