/** What a capsule can send to the bridge is bounded before it is read. */
import { duplexPair } from 'node:stream'
import { expect, it } from 'vitest'
import { DialAgent, fetchOver } from './dialled.ts'
import { openListener, sha256 } from './listener.ts'

async function call(content: string): Promise<{ readonly status: number; readonly heard: number }> {
  let heard = 0
  const listener = openListener(
    sha256('token'),
    {
      tool: () => {
        heard++
        return Promise.resolve(Response.json({}))
      },
      model: () => Promise.reject(new Error('not asked')),
    },
    () => undefined,
  )
  const agent = new DialAgent(() => {
    const [near, far] = duplexPair()
    listener.accept(far)
    return Promise.resolve(near)
  })
  const status = await fetchOver(agent, '/tools/write', {
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify({ callId: 'c', args: { content } }),
    signal: AbortSignal.timeout(10_000),
  }).then(
    (answer) => answer.status,
    () => 0,
  )
  agent.destroy()
  listener.close()
  return { status, heard }
}

it('takes a call with a large text', async () => {
  expect(await call('x'.repeat(2_000_000))).toEqual({ status: 200, heard: 1 })
})

it('refuses a call that is larger than any text may be', async () => {
  const { status, heard } = await call('x'.repeat(20_000_000))
  expect(heard).toBe(0)
  expect([0, 413]).toContain(status)
})
