/** The shapes of a file's past, as collab-server tells it. */
import { z } from 'zod'
import { acceptedVerdict } from '#lib/server/api/file-schemas.ts'
import { appParams, pageQuery, uuid } from '#lib/server/api/schemas.ts'

const somebody = z.object({ id: uuid, name: z.string(), hue: z.number().int() })
const namedPatch = z.object({ id: z.string(), title: z.string() })

/** Who wrote it, on whose behalf, in which patch, and who approved it. */
export const hand = z.object({
  member: somebody.nullable(),
  session: z.object({ id: uuid, model: z.string() }).nullable(),
  patch: namedPatch.nullable(),
  approver: somebody.nullable(),
  restored: z.object({ patch: namedPatch, by: somebody }).nullable(),
})

export const hands = z.object({
  hands: z.array(hand.extend({ clientIds: z.array(z.number().int()).readonly() })).readonly(),
})

export const blame = z.object({
  seq: z.number().int(),
  text: z.string(),
  hands: z.array(hand).readonly(),
  runs: z
    .array(
      z.object({
        length: z.number().int(),
        hand: z.number().int(),
        at: z.iso.datetime(),
      }),
    )
    .readonly(),
})

export const deletedFile = z.object({
  fileId: uuid,
  path: z.string(),
  kind: z.enum(['text', 'binary']),
  at: z.iso.datetime(),
  hand,
})

export const deletedFileParams = appParams.extend({ file: uuid })

export const historyStep = z.object({
  from: z.number().int(),
  to: z.number().int(),
  kind: z.enum(['typing', 'agent', 'proposal', 'revert', 'undo', 'import', 'create']),
  hand,
  undid: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('revert'), seq: z.number().int() }),
      z.object({ kind: z.literal('undo'), patch: z.string() }),
    ])
    .nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  inserted: z.number().int(),
  deleted: z.number().int(),
})

export const textAt = z.object({ seq: z.number().int(), at: z.iso.datetime(), text: z.string() })

/** `left` says of each thing that could not be taken back why. */
export const undone = z.intersection(
  acceptedVerdict,
  z.object({ left: z.array(z.string()).readonly() }),
)

const seq = z.coerce.number().int().min(0)
/** `file` is a file's id, or its path with each slash written as `%2F`. */
export const historyParams = appParams.extend({ file: z.string().min(1).max(400) })
export const historyQuery = pageQuery
export const atQuery = z.object({ seq })
export const revertBody = z.object({ seq: z.number().int().min(0) })
