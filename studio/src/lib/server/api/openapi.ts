/** OpenAPI 3.1, made from the operations themselves: what is checked is what is described. */
import { cookieName } from '#lib/server/sign-in/cookie-name.ts'
import { z } from 'zod'
import type { Endpoint, Operation, RawBody } from '#lib/server/api/endpoint.ts'

type Json = Readonly<Record<string, unknown>>
type RouteModule = Readonly<Partial<Record<Method, Endpoint>>>
type Method = (typeof METHODS)[number]

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const ROUTES = import.meta.glob<RouteModule>('../../../routes/api/**/+server.ts')

/** Every operation of every route, sorted by path. */
export async function operations(): Promise<
  readonly { readonly path: string; readonly method: Method; readonly operation: Operation }[]
> {
  const found = await Promise.all(
    Object.entries(ROUTES).map(async ([file, load]) => {
      const route = await load()
      return METHODS.flatMap((method) => {
        const operation = route[method]?.operation
        return operation ? [{ path: pathOf(file), method, operation }] : []
      })
    }),
  )
  return found.flat().sort((a, b) => a.path.localeCompare(b.path))
}

export async function openApi(publicUrl: string): Promise<Json> {
  const paths: Record<string, Record<string, Json>> = {}
  for (const { path, method, operation } of await operations()) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Relpin Studio',
      version: '0.1.0',
      description:
        'Everything that the pages do. Refusals are problem documents whose `detail` says what to do.',
    },
    servers: [{ url: publicUrl }],
    security: [{ cookie: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: cookieName(publicUrl.startsWith('https:')) },
        token: { type: 'http', scheme: 'bearer', description: 'The token of POST /api/sign-in.' },
      },
      schemas: { Problem: PROBLEM },
    },
  }
}

/** `…/routes/api/apps/[app]/files/[...path]/+server.ts` is `/api/apps/{app}/files/{path}`. */
function pathOf(file: string): string {
  return file
    .replace(/^.*\/routes/, '')
    .replace(/\/\+server\.ts$/, '')
    .replace(/\[(?:\.\.\.)?([^\]]+)\]/g, '{$1}')
}

function describe(operation: Operation): Json {
  const { summary, who, params, query, body, response } = operation
  return {
    summary,
    ...(who === 'public' ? { security: [] } : {}),
    ...(typeof who === 'object' ? { 'x-relpin-authority': who.action } : {}),
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyContent(body) } }),
    responses: {
      [String(operation.status ?? (response === undefined ? 204 : 200))]: {
        description: 'Done.',
        ...(response === undefined ? {} : { content: responseContent(response) }),
      },
      default: {
        description: 'Refused; `detail` says why and what to do next.',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input')
  const needed = Array.isArray(required) ? (required as unknown[]) : []
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: place,
    required: place === 'path' || needed.includes(name),
    schema: shape as unknown,
  }))
}

function bodyContent(body: z.ZodType | RawBody): Json {
  if (!('types' in body)) return { 'application/json': { schema: jsonSchema(body, 'input') } }
  const raw = body.types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])
  return {
    ...Object.fromEntries(raw),
    ...(body.json ? { 'application/json': { schema: jsonSchema(body.json, 'input') } } : {}),
  }
}

function responseContent(response: z.ZodType | string): Json {
  if (typeof response !== 'string') {
    return { 'application/json': { schema: jsonSchema(response, 'output') } }
  }
  return Object.fromEntries(
    response.split(', ').map((type) => [type, { schema: { type: 'string' } }]),
  )
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json & { properties?: Json } {
  const made: Record<string, unknown> = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  // The document as a whole says which dialect it is in.
  delete made['$schema']
  return made
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    rule: { type: 'string', description: 'The rule by which authority refused.' },
  },
}
