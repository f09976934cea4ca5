/** Refusals over HTTP: problem documents (RFC 9457) with a sentence that says what to do next. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'

/** Thrown anywhere in a handler to refuse; every other error is a bug and answers 500 without internals. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

export function refuse(status: number, title: string, detail: string): ProblemError {
  return new ProblemError({ type: 'about:blank', title, status, detail })
}

/** Authority said no: `rule` is its name for why. */
export function denied(rule: string, detail: string): ProblemError {
  return new ProblemError({ type: '/problems/denied', title: 'Denied', status: 403, detail, rule })
}

export function notFound(what: string): ProblemError {
  return refuse(404, 'Not found', `${what} does not exist, or not any more.`)
}

export function conflict(detail: string): ProblemError {
  return refuse(409, 'Conflict', detail)
}

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
    },
  })
}
