/** The shapes that several operations share. */
import { z } from 'zod'
import { MAX_PASSWORD, MIN_PASSWORD } from '#lib/server/sign-in/passwords.ts'

/** A moment, written as ISO 8601 in UTC. Handlers may give a `Date`. */
export const moment = z
  .union([z.date(), z.string()])
  .transform((value) => (typeof value === 'string' ? value : value.toISOString()))
  .pipe(z.string().meta({ format: 'date-time' }))

const nullableMoment = z
  .union([z.date(), z.string(), z.null()])
  .transform((value) => (value instanceof Date ? value.toISOString() : value))
  .pipe(z.string().meta({ format: 'date-time' }).nullable())

export const uuid = z.uuid()
export const personName = z.string().trim().min(1, 'Type a name.').max(80)
export const email = z.string().trim().max(254).pipe(z.email('This is not an email address.'))
export const newPassword = z
  .string()
  .min(MIN_PASSWORD, `Choose a password of at least ${MIN_PASSWORD} characters.`)
  .max(MAX_PASSWORD)

export const appName = z.string().trim().min(1, 'Name the app.').max(80)

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item).readonly(), next: z.string().nullable() })

export const appParams = z.object({ app: z.string().min(1).max(64) })

export const member = z.object({
  id: uuid,
  name: z.string(),
  email: z.string(),
  hue: z.number().int(),
  role: z.object({ key: z.string(), name: z.string() }),
  createdAt: moment,
})

export const me = z.object({
  member: z.object({ id: uuid, name: z.string(), email: z.string(), hue: z.number().int() }),
  org: z.object({ id: uuid, name: z.string() }),
  role: z.object({ key: z.string(), name: z.string(), grants: z.array(z.string()).readonly() }),
})

export const role = z.object({
  key: z.string(),
  name: z.string(),
  summary: z.string(),
  builtIn: z.boolean(),
  grants: z.array(z.string()).readonly(),
  members: z.number().int(),
})

export const invitation = z.object({
  id: uuid,
  email: z.string().nullable(),
  role: z.object({ key: z.string(), name: z.string() }),
  invitedBy: z.string(),
  createdAt: moment,
  expiresAt: moment,
})

export const app = z.object({
  id: uuid,
  slug: z.string(),
  name: z.string(),
  workspaceId: uuid,
  createdBy: z.string(),
  createdAt: moment,
  archivedAt: nullableMoment,
})

/** A sign-in's answer: browsers use the cookie, everybody else the token. */
export const signedIn = z.object({ token: z.string(), expiresAt: moment, me })
