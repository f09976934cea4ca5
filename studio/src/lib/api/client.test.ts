/** What a page may rely on when it calls the API. */
import { describe, expect, it } from 'vitest'
import { call } from './client.ts'

const answering = (status: number, body: string) => async () =>
  new Response(status === 204 ? null : body, { status })

describe('calling the API', () => {
  it('gives the value of a successful answer', async () => {
    const answer = await call<{ name: string }>(
      answering(200, '{"name":"storefront"}'),
      'GET',
      '/api/apps/1',
    )
    expect(answer).toEqual({ ok: true, value: { name: 'storefront' } })
  })

  it('gives undefined for an empty answer', async () => {
    expect(await call(answering(204, ''), 'DELETE', '/api/apps/1')).toEqual({
      ok: true,
      value: undefined,
    })
  })

  it("passes on the server's own words for a refusal", async () => {
    const problem = {
      type: '/problems/denied',
      title: 'Not allowed',
      status: 403,
      detail: 'Role Viewer cannot pin a release.',
      rule: 'action:studio:release:pin',
    }
    expect(
      await call(answering(403, JSON.stringify(problem)), 'POST', '/api/apps/1/releases', {}),
    ).toEqual({ ok: false, problem })
  })

  it('says so in a sentence when the answer explains nothing', async () => {
    const answer = await call(answering(502, '<html>'), 'GET', '/api/apps')
    expect(answer.ok).toBe(false)
    expect(!answer.ok && answer.problem.detail).toContain('status 502')
  })

  it('says so when no server answers', async () => {
    const answer = await call(() => Promise.reject(new TypeError('failed')), 'GET', '/api/apps')
    expect(!answer.ok && answer.problem).toMatchObject({ status: 0 })
  })

  it('sends objects as JSON and archives as they are', async () => {
    const seen: RequestInit[] = []
    const record = async (_: unknown, init?: RequestInit) => {
      if (init) seen.push(init)
      return new Response('{}')
    }
    await call(record, 'POST', '/api/apps', { name: 'x' })
    await call(record, 'POST', '/api/apps/1/import', new Blob(['bytes']))
    expect(seen[0]?.body).toBe('{"name":"x"}')
    expect(new Headers(seen[0]?.headers).get('content-type')).toBe('application/json')
    expect(seen[1]?.body).toBeInstanceOf(Blob)
  })
})
