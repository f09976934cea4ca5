/** The few forms an answer takes: JSON, nothing, or a problem document (RFC 9457). */
import type { Problem } from '@relpin/authority/contracts/problem.ts'

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}

export function noContent(): Response {
  return new Response(null, { status: 204 })
}

/** `detail` is one sentence for people: what happened and what to do next. */
export function problem(status: number, title: string, detail: string, rule?: string): Response {
  const body: Problem = {
    type: rule === undefined ? 'about:blank' : '/problems/denied',
    title,
    status,
    detail,
    ...(rule === undefined ? {} : { rule }),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  })
}

export function denied(rule: string, why: string): Response {
  return problem(403, 'Denied', why, rule)
}
