/** The description of the API is complete, because it is made of the API itself. */
import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openApi, operations } from '#lib/server/api/openapi.ts'

const ROUTES = new URL('../../../routes/api/', import.meta.url).pathname

test('every handler of every route under /api is described', async () => {
  const described = new Set((await operations()).map(({ method, path }) => `${method} ${path}`))
  const exported: string[] = []
  for await (const file of glob('**/+server.ts', { cwd: ROUTES })) {
    const path = `/api/${file.replace('/+server.ts', '')}`.replace(
      /\[(?:\.\.\.)?([^\]]+)\]/g,
      '{$1}',
    )
    const source = await readFile(`${ROUTES}${file}`, 'utf8')
    for (const [, method] of source.matchAll(/export const (GET|POST|PUT|PATCH|DELETE)\b/g)) {
      exported.push(`${method ?? ''} ${path}`)
    }
  }
  expect(exported.length).toBeGreaterThan(40)
  expect(exported.filter((operation) => !described.has(operation))).toEqual([])
})

test('what people rely on is there, with its shapes', async () => {
  const description = JSON.stringify(await openApi('http://localhost:4390'))
  const { paths } = JSON.parse(description) as {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  expect(paths['/api/apps/{app}/files/{path}']).toHaveProperty('put')
  expect(paths['/api/apps']?.['post']?.['requestBody']).toMatchObject({
    content: { 'application/zip': {}, 'application/json': { schema: { required: ['name'] } } },
  })
  expect(paths['/api/members']?.['get']).toMatchObject({
    parameters: [
      { name: 'limit', in: 'query', required: false },
      { name: 'cursor', in: 'query' },
    ],
    responses: {
      200: { content: { 'application/json': { schema: { required: ['items', 'next'] } } } },
      default: { content: { 'application/problem+json': {} } },
    },
  })
  expect(paths['/api/sign-in']?.['post']).toMatchObject({ security: [] })
})

test('docs/api.md names every operation', async () => {
  const docs = await readFile(new URL('../../../../../docs/api.md', import.meta.url), 'utf8')
  const missing = (await operations()).filter(({ method, path }) => {
    const written = path.replace(/\{(\w+)\}/g, ':$1')
    return !new RegExp(`^\\| \`${method} ${written}\` +\\|`, 'm').test(docs)
  })
  expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})
