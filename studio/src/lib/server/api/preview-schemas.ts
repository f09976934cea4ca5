/** The shapes of previews, as agent-bridge tells them, with the address that the studio adds. */
import { PREVIEW_ID } from '@relpin/authority/contracts/preview.ts'
import { z } from 'zod'

export const previewParams = z.object({ id: z.string().regex(PREVIEW_ID) })

const previewState = z.discriminatedUnion('phase', [
  z.object({ phase: z.enum(['installing', 'starting', 'running']) }),
  z.object({ phase: z.literal('failed'), why: z.string(), log: z.string() }),
  z.object({ phase: z.literal('ended'), why: z.string() }),
])

export const preview = z.object({
  id: z.string(),
  /** Of a host that is its own. */
  url: z.url(),
  state: previewState,
})
