/** A slash command as the API gives it. */
import type { z } from 'zod'
import type { command } from '#lib/server/api/finding-schemas.ts'

export type Command = z.infer<typeof command>
