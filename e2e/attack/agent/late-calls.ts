/** Calls that come too late: after a stop, after the authority or the session behind them ended, after the lease is lost. */
import { duplexPair } from 'node:stream'
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { DialAgent, fetchOver } from '../../../agent-bridge/src/capsules/dialled.ts'
import { must, mustLack, mustMatch, type Case, type Family } from './case.ts'
import { fromInside, tokenIn, type Host, type Said, type Started } from './host.ts'

/** In the middle of a turn that is the session's own, `cut` happens; then the kept token is used. */
function late(
  name: string,
  held: RegExp,
  cut: (host: Host, session: SessionSummary) => Promise<unknown>,
  restore: (host: Host, session: SessionSummary) => Promise<unknown> = () => Promise.resolve(),
): Case {
  return {
    name,
    held: `${String(held)}; nothing is written`,
    run: async (host) => {
      const session = await host.fresh('builder')
      const turn = await host.during(session)
      const token = await tokenIn(turn.started)
      const path = `src/late-${session.id.slice(0, 8)}.ts`
      try {
        const before = await write(turn.started, token, `${path}x`, 'before')
        must(before.status === 200, `before: ${before.status} ${before.text}`)
        await cut(host, session)
        const after = await write(turn.started, token, path, 'after')
        mustMatch(`${after.status} ${after.text}`, held)
        mustLack(after.text, /"kind":"applied"|"kind":"queued"/)
      } finally {
        await restore(host, session)
        turn.release()
        await host.bridge.close(session)
      }
      must((await host.bridge.text(path)) === null, 'the late file is in main')
    },
  }
}

/** On the connection that something inside has: it stays usable when the capsule's own processes are gone. */
async function write(
  { order }: Started,
  token: string,
  path: string,
  callId: string,
): Promise<Said> {
  const relay = new DialAgent(() => {
    const [near, far] = duplexPair()
    order.connect(far)
    return Promise.resolve(near)
  })
  try {
    const answer = await fetchOver(relay, '/tools/write', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ callId, args: { filePath: path, content: 'late\n' } }),
      signal: AbortSignal.timeout(15_000),
    })
    return { status: answer.status, text: await answer.text() }
  } catch (error) {
    return { status: 0, text: String(error) }
  } finally {
    relay.destroy()
  }
}

const roleOf = (host: Host, key: string) => (_: unknown) =>
  host.bridge.sql`
    update members set role_id = (select id from roles where org_id = ${host.bridge.orgId} and key = ${key}),
                       grant_epoch = grant_epoch + 1
    where id = ${host.bridge.members.builder}`

export const lateCalls: Family = {
  name: 'late calls',
  runs: 'with each driver',
  cases: () => [
    late('after the turn was stopped', /^409 /, (host, { id, memberId }) =>
      host.bridge.call('POST', `/internal/sessions/${id}/abort`, { memberId }),
    ),
    late('after the session was closed', /^(0|409) /, (host, session) =>
      host.bridge.close(session),
    ),
    late(
      'after the person became a Viewer',
      /authoring:exec/,
      (host) => roleOf(host, 'viewer')(null),
      (host) => roleOf(host, 'builder')(null),
    ),
    late(
      'after the person left',
      /denied|no longer|not a member|422|403/i,
      (host) =>
        host.bridge
          .sql`update members set removed_at = now(), grant_epoch = grant_epoch + 1 where id = ${host.bridge.members.builder}`,
      (host) =>
        host.bridge
          .sql`update members set removed_at = null, grant_epoch = grant_epoch + 1 where id = ${host.bridge.members.builder}`,
    ),
    late(
      'after the app was archived',
      /archived|^422 |denied/i,
      (host) =>
        host.bridge.sql`update apps set archived_at = now() where id = ${host.bridge.appId}`,
      (host) => host.bridge.sql`update apps set archived_at = null where id = ${host.bridge.appId}`,
    ),
    late(
      'after the workspace’s lease went to another node',
      /^(422|500|503) /,
      (host) =>
        host.bridge
          .sql`update workspace_leases set fence = fence + 1, holder = 'another-node' where workspace_id = ${host.bridge.workspaceId}`,
      (host) =>
        host.bridge
          .sql`update workspace_leases set fence = fence + 1, holder = ${'nobody'} where workspace_id = ${host.bridge.workspaceId}`,
    ),
    {
      name: 'the model outside of a turn',
      held: '403 before the provider is asked',
      run: async (host) => {
        const session = await host.session('builder')
        const started = await host.started(session)
        const { status } = await fromInside(started, '/llm/v1/chat/completions', {
          token: await tokenIn(started),
          body: { messages: [{ role: 'user', content: 'on my own' }] },
        })
        must(status === 403, `was ${status}`)
      },
    },
  ],
}
