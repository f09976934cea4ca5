/** One HTTP operation: who may, what goes in and out as zod schemas, and the one call that does it. */
import type { RequestEvent, RequestHandler } from '@sveltejs/kit'
import type { Commander, Person } from '@relpin/authority/actors.ts'
import type { AuditAction } from '@relpin/authority/audit-events.ts'
import { decide, type AuthorityRequest, type Subject } from '@relpin/authority/decide.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { z } from 'zod'
import { readJson, refuseNul } from '#lib/server/api/json-body.ts'
import { denied, ProblemError, problemResponse, refuse } from '#lib/server/api/problems.ts'
import { logError } from '#lib/server/log.ts'
import { services, type Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type PlainAction = Extract<
  AuthorityRequest['action'],
  `${'session' | 'member' | 'role' | 'credential' | 'billing' | 'command' | 'app' | 'release' | 'audit'}.${string}`
>

/**
 * `public`: anybody. `member`: anybody signed in, where the handler or the service behind it decides further.
 * Otherwise authority decides this action; a refusal is recorded under `audit` when it is given.
 */
export type Who =
  'public' | 'member' | { readonly action: PlainAction; readonly audit?: AuditAction }

/** What a handler is given. Without a schema there is nothing: an empty object. */
export type Call<W extends Who, P, Q, B> = {
  readonly event: RequestEvent
  readonly member: W extends 'public' ? SignedInMember | null : SignedInMember
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly services: Services
}

type Empty = Record<never, never>
type In<S> = S extends z.ZodType ? z.output<S> : Empty
type Out<S> = S extends z.ZodType ? z.input<S> | Response : Response

/** Bytes of one of these content types; where `json` is given, JSON of that shape is taken as well. */
export type RawBody = { readonly types: readonly string[]; readonly json?: z.ZodType | undefined }

export type Operation = {
  readonly summary: string
  readonly who: Who
  readonly params?: z.ZodType | undefined
  readonly query?: z.ZodType | undefined
  /** A raw body is read by the handler itself. */
  readonly body?: z.ZodType | RawBody | undefined
  /** A string is the content type of an answer that is not JSON. Without it, 204. */
  readonly response?: z.ZodType | string | undefined
  readonly status?: number | undefined
}

export type Endpoint = RequestHandler & { readonly operation: Operation }

/** Makes the function that SvelteKit calls. It answers every refusal with a problem document. */
export function endpoint<
  const W extends Who,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | RawBody | undefined = undefined,
  R extends z.ZodType | string | undefined = undefined,
>(
  operation: Operation & {
    readonly who: W
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    readonly response?: R
  },
  handle: (call: Call<W, In<P>, In<Q>, In<B>>) => Promise<R extends undefined ? undefined : Out<R>>,
): Endpoint {
  const run = async (event: RequestEvent): Promise<Response> => {
    const { who, params, query, body, response } = operation
    const member = await admit(event, who)
    const call = {
      event,
      member,
      params: check(params, withoutNul(event.params, 'address'), 'address'),
      query: check(query, withoutNul(Object.fromEntries(event.url.searchParams), 'query'), 'query'),
      body: isSchema(body) ? check(body, await readJson(event.request), 'body') : {},
      services: services(),
    }
    const result: unknown = await handle(call as Call<W, In<P>, In<Q>, In<B>>)
    if (result instanceof Response) return result
    if (typeof response !== 'object') return new Response(null, { status: operation.status ?? 204 })
    // Parsing the answer lets nothing out that the schema does not name.
    return Response.json(response.parse(result), {
      status: operation.status ?? 200,
      headers: { 'cache-control': 'no-store' },
    })
  }
  const answer = async (event: RequestEvent): Promise<Response> => {
    try {
      return await run(event)
    } catch (error) {
      return answerError(event, error)
    }
  }
  return Object.assign(answer, { operation })
}

/** What authority judges when this member acts with their own hands. */
export function subjectOf(member: SignedInMember): Subject {
  return {
    actor: personOf(member),
    grants: grantsOf(member.role.grants),
    roleName: member.role.name,
  }
}

export function personOf(member: SignedInMember): Person {
  return { kind: 'person', memberId: member.id }
}

/** Who gives a command to collab-server: it lands only while the sign-in of this request stands. */
export function commanderOf(member: SignedInMember): Commander {
  return { ...personOf(member), signIn: member.signIn }
}

async function admit(event: RequestEvent, who: Who): Promise<SignedInMember | null> {
  const { member } = event.locals
  if (who === 'public') return member
  if (!member) {
    throw refuse(
      401,
      'Not signed in',
      'Sign in first: POST /api/sign-in, then send its cookie or "authorization: Bearer <token>".',
    )
  }
  if (who === 'member') return member
  const decision = decide({ subject: subjectOf(member), action: who.action })
  if (decision.effect === 'allow') return member
  if (who.audit) {
    await appendAudit(services().sql, [
      {
        orgId: member.orgId,
        actorKind: 'person',
        memberId: member.id,
        action: who.audit,
        target: `${event.request.method} ${event.url.pathname}`,
        decision: 'denied',
        rule: decision.rule,
      },
    ])
  }
  throw denied(decision.rule, decision.why)
}

function isSchema(body: Operation['body']): body is z.ZodType {
  return body !== undefined && !('types' in body)
}

function withoutNul<T extends Readonly<Record<string, string | undefined>>>(
  values: T,
  where: 'address' | 'query',
): T {
  if (Object.values(values).some((value) => value?.includes('\0'))) throw refuseNul(where)
  return values
}

function check(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (!schema) return {}
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const sentences = parsed.error.issues.map((issue) => {
    const name = issue.path.length > 0 ? `"${issue.path.join('.')}": ` : ''
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    return `${name}${missing ? 'is missing.' : issue.message}`
  })
  throw refuse(400, 'Not understood', `Mend the ${where} and try again. ${sentences.join(' ')}`)
}

function answerError(event: RequestEvent, error: unknown): Response {
  if (error instanceof ProblemError) return problemResponse(error.problem)
  // SvelteKit's own refusal of a body beyond the limit.
  if (error instanceof Error && 'status' in error && error.status === 413) {
    return problemResponse(
      refuse(413, 'Too large', 'The request is larger than the studio takes.').problem,
    )
  }
  logError(`${event.request.method} ${event.route.id ?? '?'}`, error)
  return problemResponse(
    refuse(500, 'A mistake of ours', 'The studio failed and has logged why. Try again in a moment.')
      .problem,
  )
}
