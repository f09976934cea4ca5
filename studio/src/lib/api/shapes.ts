/** What the API gives, as types for pages: inferred from the schemas that the server checks its own answers against. */
import type { z } from 'zod'
import type * as schemas from '#lib/server/api/schemas.ts'

export type Me = z.infer<typeof schemas.me>
export type Member = z.infer<typeof schemas.member>
export type Role = z.infer<typeof schemas.role>
export type Invitation = z.infer<typeof schemas.invitation>
export type App = z.infer<typeof schemas.app>
/** One page of a list; `next` is the cursor of the following one. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null }
