/** Is everything that a person needs up? */
import { services } from '#lib/server/services.ts'

export const GET = async (): Promise<Response> => {
  const { sql, collab, bridge } = services()
  const probe = (call: Promise<unknown>): Promise<'up' | 'down'> =>
    call.then(
      () => 'up' as const,
      () => 'down' as const,
    )
  const [database, collabServer, agentBridge] = await Promise.all([
    probe(sql`select 1`.execute()),
    probe(collab.call('GET', '/healthz')),
    probe(bridge.call('GET', '/healthz')),
  ])
  const parts = { database, collabServer, agentBridge }
  const ok = Object.values(parts).every((part) => part === 'up')
  return Response.json({ ok, ...parts }, { status: ok ? 200 : 503 })
}
