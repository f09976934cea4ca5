/** The activity, live. */
import { appendAudit } from '@relpin/db/audit/append.ts'
import { expect, test } from 'vitest'
import { auditStream } from '#lib/server/audit/audit-stream.ts'
import { whileSignedIn } from '#lib/server/sign-in/while-signed-in.ts'
import { testServices, type TestServices } from '#lib/server/testing/test-services.ts'

type Seen = { readonly id: number; readonly target: string }

/** Reads the stream's events one by one; `null` at its end. */
function reader(response: Response) {
  const source = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return async (): Promise<Seen | null> => {
    for (;;) {
      const found = /id: \d+\ndata: (.*)\n\n/.exec(text)
      if (found) {
        text = text.slice(found.index + found[0].length)
        return JSON.parse(found[1] ?? '') as Seen
      }
      const chunk = await source?.read()
      if (!chunk || chunk.done) return null
      text += chunk.value
    }
  }
}

const happen = (studio: TestServices, orgId: string, target: string) =>
  appendAudit(studio.sql, [
    {
      orgId,
      actorKind: 'nobody',
      action: 'sign-in.fail',
      target,
      decision: 'denied',
      rule: 'password',
    },
  ])

test('begins with now, tells what happens as it happens, and resumes where one left off', async () => {
  await using studio = await testServices()
  const { orgId } = await studio.owner()
  await happen(studio, orgId, 'before')
  const leave = new AbortController()
  const next = reader(auditStream(studio, { orgId }, null, leave.signal))
  // Whether it listens yet or not, nothing after its beginning is lost.
  const first = next()
  while (!(await Promise.race([first, pause(20)]))) await happen(studio, orgId, 'live')
  const seen = await first
  expect(seen?.target).toBe('live')
  leave.abort()

  await happen(studio, orgId, 'meanwhile')
  const again = new AbortController()
  const resumed = reader(auditStream(studio, { orgId }, seen?.id ?? 0, again.signal))
  for (;;) {
    const event = await resumed()
    if (event?.target === 'meanwhile') break
    expect(event).not.toBeNull()
  }
  again.abort()
})

test('ends soon after a sign-out', async () => {
  await using studio = await testServices()
  const { id, orgId } = await studio.owner()
  const { token } = await studio.signIns.start(id)
  const checked = await studio.signIns.check(token)
  if (!checked) throw new Error('A fresh sign-in is not valid.')
  const request = new AbortController()
  const response = await whileSignedIn(studio, checked.member, request.signal, (signal) =>
    Promise.resolve(auditStream(studio, { orgId }, null, signal)),
  )
  const next = reader(response)
  await studio.signIns.end(token)
  expect(await next()).toBeNull()
}, 15_000)

const pause = (ms: number): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(null), ms)
  })

test('one person cannot slow everybody down with streams without end, and closing one makes room', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const bo = await studio.join(owner, 'builder', 'Bo')
  const watch = async (member: typeof owner) => {
    const request = new AbortController()
    const open = (): Promise<Response> => Promise.resolve(new Response(new ReadableStream()))
    await whileSignedIn(studio, member, request.signal, open)
    return request
  }
  const streams = await Promise.all(Array.from({ length: 32 }, () => watch(owner)))
  await expect(watch(owner)).rejects.toMatchObject({ problem: { status: 429 } })
  const others = await watch(bo)
  streams[0]?.abort()
  const again = await watch(owner)
  for (const request of [...streams, others, again]) request.abort()
})
