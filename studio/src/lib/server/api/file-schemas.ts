/** Shapes of apps' files and of what becomes of a change. */
import { PATH_CLASSES } from '@relpin/authority/path-class.ts'
import { z } from 'zod'
import { app, appParams } from '#lib/server/api/schemas.ts'

export const leftOut = z.object({ path: z.string(), why: z.string() })

export const imported = z.object({
  imported: z.number().int(),
  /** Secret files are never kept; they are named so that nobody misses them in silence. */
  leftOut: z.array(leftOut).readonly(),
  skipped: z.number().int(),
})

export const createdApp = imported.extend({ app })

export const fileEntry = z.object({
  fileId: z.uuid(),
  path: z.string(),
  kind: z.enum(['text', 'binary']),
  class: z.enum(PATH_CLASSES),
  /** Bytes in UTF-8, or of the blob; null where it is not known without loading the text. */
  size: z.number().int().nullable(),
  sha256: z.string().optional(),
  pending: z.enum(['created', 'renamed']).optional(),
})

export const acceptedVerdict = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('applied'), patch: z.string().nullable() }),
  z.object({
    verdict: z.literal('queued'),
    rule: z.string(),
    why: z.string(),
    patch: z.string(),
    branch: z.string().nullable(),
  }),
])

export const viewQuery = z.object({ view: z.enum(['main', 'mine']).default('main') })
/** `suggest=true`: what one could write directly waits as a proposal all the same. */
export const suggestQuery = z.object({
  suggest: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
})
export const pathParams = appParams.extend({ path: z.string().min(1).max(400) })

export const newText = z.object({ text: z.string() })
