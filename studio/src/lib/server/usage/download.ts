/** Usage as CSV for chargeback: one line for each call of a model, or for each capsule in somebody's use. */
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  runtimeLines,
  usageLines,
  type RuntimeLine,
  type UsageLine,
} from '@relpin/db/spending/export.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { csvStream } from './csv.ts'
import type { Visible } from './read-usage.ts'

const PAGE = 500

const OWNER = ['seat', 'email', 'role', 'app', 'environment', 'session'] as const
const CALLS = [
  ...['at', ...OWNER, 'provider', 'model', 'input_tokens', 'cached_tokens', 'cache_write_tokens'],
  ...['output_tokens', 'reasoning_tokens', 'cost_usd', 'outcome', 'counted'],
]
const RUNTIME = ['started_at', ...OWNER, 'capsule', 'kind', 'seconds']

/** The download is recorded before a byte of it is sent. */
export async function downloadUsage(
  services: Services,
  member: SignedInMember,
  visible: Visible,
  what: 'calls' | 'runtime',
): Promise<Response> {
  const { period, of } = visible
  const name = `usage-${what}-${period.from}-${period.to}`
  await appendAudit(services.sql, [
    {
      orgId: member.orgId,
      actorKind: 'person',
      memberId: member.id,
      action: 'usage.download',
      target: `${what} · ${period.from} to ${period.to}${of === 'own' ? ' · own' : ''}`,
      decision: 'allowed',
      rule: of === 'own' ? 'usage:own' : 'action:studio:org:billing',
    },
  ])
  const stream =
    what === 'calls'
      ? csvStream(CALLS, callPages(services, visible))
      : csvStream(RUNTIME, runtimePages(services, visible))
  return new Response(stream, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}.csv"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

async function* callPages({ sql }: Services, { filter }: Visible) {
  let after = 0
  for (;;) {
    const lines = await usageLines(sql, filter, after, PAGE)
    const last = lines.at(-1)
    if (!last) return
    yield lines.map(callCells)
    after = last.id
  }
}

async function* runtimePages({ sql }: Services, { filter }: Visible) {
  let after: string | null = null
  for (;;) {
    const lines: RuntimeLine[] = await runtimeLines(sql, filter, after, PAGE)
    const last = lines.at(-1)
    if (!last) return
    yield lines.map(runtimeCells)
    after = last.id
  }
}

type Cells = readonly (string | number | null)[]

function callCells(line: UsageLine): Cells {
  return [
    ...[line.at.toISOString(), line.seat, line.email, line.role, line.app, line.environment],
    ...[line.sessionId, line.provider, line.model, line.input, line.cached, line.cacheWrite],
    ...[line.output, line.reasoning, line.cost === null ? null : exactDollars(line.cost)],
    ...[line.outcome, line.counted],
  ]
}

function runtimeCells(line: RuntimeLine): Cells {
  return [
    ...[line.startedAt.toISOString(), line.seat, line.email, line.role, line.app],
    ...[line.environment, line.sessionId, line.capsuleId, line.kind, (line.ms / 1000).toFixed(3)],
  ]
}

/** All six digits after the point, so that a column adds up to what the page says. */
function exactDollars(micros: number): string {
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`
}
