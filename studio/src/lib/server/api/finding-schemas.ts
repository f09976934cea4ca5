/** The shapes of review findings and of slash commands. */
import { FINDING_SEVERITIES, MAX_FINDING_REPLY } from '@relpin/authority/findings.ts'
import {
  COMMAND_NAME,
  MAX_COMMAND_DESCRIPTION,
  MAX_COMMAND_TEMPLATE,
} from '@relpin/authority/slash-commands.ts'
import { z } from 'zod'
import { patchState } from '#lib/server/api/patch-schemas.ts'
import { appParams, moment } from '#lib/server/api/schemas.ts'

const person = z.object({ memberId: z.string(), name: z.string(), hue: z.number() })

export const finding = z.object({
  id: z.uuid(),
  fileId: z.uuid(),
  path: z.string(),
  severity: z.enum(FINDING_SEVERITIES),
  message: z.string(),
  /** The text that it was about when it was left. */
  quote: z.string(),
  /** Yjs relative positions into the file's document. */
  from: z.unknown(),
  to: z.unknown(),
  /** Where that text is now, from 1; `null` when it is gone, or its file. */
  lines: z.object({ first: z.number().int(), last: z.number().int() }).nullable(),
  author: person.extend({ agent: z.boolean() }),
  sessionId: z.uuid().nullable(),
  at: z.string(),
  state: z.enum(['open', 'resolved']),
  resolved: z.object({ by: person, at: z.string() }).nullable(),
  /** The edit that it suggests: a patch like any other. */
  suggestion: z.object({ patch: z.string(), state: patchState }).nullable(),
  replies: z
    .array(z.object({ id: z.uuid(), author: person, text: z.string(), at: z.string() }))
    .readonly(),
})
export const findingParams = appParams.extend({ finding: z.uuid() })
export const findingChange = z.object({ state: z.enum(['open', 'resolved']) })
export const replyBody = z.object({
  text: z.string().trim().min(1, 'Write a reply.').max(MAX_FINDING_REPLY),
})

export const command = z.object({
  name: z.string(),
  description: z.string(),
  /** What is completed after the name. */
  takes: z.enum(['app-or-path', 'path', 'words']),
  /** Everybody has it; the others are the organization's own. */
  builtIn: z.boolean(),
  template: z.string(),
  changed: z.object({ by: z.string(), at: moment }).nullable(),
})
export const commandParams = z.object({
  name: z.string().regex(COMMAND_NAME, 'Begin with a letter; then up to 31 of a-z, 0-9 and "-".'),
})
export const commandBody = z.object({
  description: z.string().trim().min(1, 'Say what it does.').max(MAX_COMMAND_DESCRIPTION),
  template: z.string().trim().min(1, 'Write the prompt.').max(MAX_COMMAND_TEMPLATE),
})
