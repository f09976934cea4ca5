/** Routes are plain lists: a method, a path pattern and a function from a call to a web `Response`. */
import type { z } from 'zod'
import { problem } from './responses.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** One request, parsed as far as the router can. */
export type Call = {
  /** What `:name` in the path pattern stood for, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Header names are lower-case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The JSON body; a `Refusal` with status 400 is thrown when it does not fit the schema. */
  readonly body: <Schema extends z.ZodType>(
    schema: Schema,
    /** 413 beyond so many bytes; what the server takes otherwise. */
    limit?: number,
  ) => Promise<z.infer<Schema>>
  /** Aborts when the caller hangs up: end streams then. */
  readonly signal: AbortSignal
}

export type Route<Context> = {
  readonly method: Method
  /** `/internal/sessions/:id/prompt`; a `:name` stands for one path segment. */
  readonly path: string
  readonly handle: (context: Context, call: Call) => Promise<Response>
}

/** Thrown by helpers deep in a call to answer at once; everything else that is thrown is a bug and becomes a 500. */
export class Refusal extends Error {
  readonly response: Response
  constructor(response: Response) {
    super(`refused with ${response.status}`)
    this.response = response
  }
}

type Match<Context> =
  | {
      readonly found: 'route'
      readonly route: Route<Context>
      readonly params: Record<string, string>
    }
  | { readonly found: 'other-method'; readonly allow: readonly Method[] }
  | { readonly found: 'nothing' }

/** The first route whose pattern fits. */
function matchRoute<Context>(
  routes: readonly Route<Context>[],
  method: string,
  pathname: string,
): Match<Context> {
  const allow: Method[] = []
  for (const route of routes) {
    const params = matchPath(route.path, pathname)
    if (!params) continue
    if (route.method === method) return { found: 'route', route, params }
    allow.push(route.method)
  }
  return allow.length > 0 ? { found: 'other-method', allow } : { found: 'nothing' }
}

/** Answers a call, turning every refusal and every bug into a problem document. */
export async function dispatch<Context>(
  routes: readonly Route<Context>[],
  context: Context,
  method: string,
  url: URL,
  call: Omit<Call, 'params' | 'query'>,
  onBug: (error: unknown) => void,
): Promise<Response> {
  const match = matchRoute(routes, method, url.pathname)
  if (match.found === 'nothing')
    return problem(404, 'Not found', `There is nothing at ${url.pathname}.`)
  if (match.found === 'other-method') {
    return problem(405, 'Method not allowed', `Use ${match.allow.join(' or ')} here.`)
  }
  try {
    return await match.route.handle(context, {
      ...call,
      params: match.params,
      query: url.searchParams,
    })
  } catch (error) {
    if (error instanceof Refusal) return error.response
    onBug(error)
    return problem(
      500,
      'Internal error',
      'This service failed to answer. Its log says why; try again.',
    )
  }
}

function matchPath(pattern: string, pathname: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = pathname.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) {
      if (value === '') return null
      const decoded = decodeSegment(value)
      if (decoded === null) return null
      params[part.slice(1)] = decoded
    } else if (part !== value) return null
  }
  return params
}

function decodeSegment(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
