/** Usage as somebody may see it: everybody's with billing, one's own without. */
import { apportion } from '@relpin/authority/apportion.ts'
import { decide } from '@relpin/authority/decide.ts'
import {
  runtimeReport,
  usageReport,
  type UsageFilter,
  type UsageSum,
} from '@relpin/db/spending/report.ts'
import type { z } from 'zod'
import { subjectOf } from '#lib/server/api/endpoint.ts'
import { denied, refuse } from '#lib/server/api/problems.ts'
import { MAX_DAYS, type periodQuery, type usage } from '#lib/server/api/usage-schemas.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type Asked = z.output<typeof periodQuery>

export type Visible = {
  readonly of: 'own' | 'all'
  /** Days in UTC, both included. */
  readonly period: { readonly from: string; readonly to: string }
  readonly filter: UsageFilter
}

const DAY_MS = 86_400_000

/** Throws a problem: a period that cannot be, or everybody's usage without billing. */
export function visibleUsage(member: SignedInMember, asked: Asked, now = new Date()): Visible {
  const today = now.toISOString().slice(0, 10)
  const to = asked.to ?? today
  const from = asked.from ?? `${to.slice(0, 7)}-01`
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
  if (days < 1) throw refuse(400, 'No such period', 'The last day is before the first one.')
  if (days > MAX_DAYS) {
    throw refuse(400, 'Period too long', `Ask for at most ${MAX_DAYS} days at a time.`)
  }
  const decision = decide({ subject: subjectOf(member), action: 'billing.manage' })
  const mayAll = decision.effect === 'allow'
  if (asked.of === 'all' && !mayAll) throw denied(decision.rule, decision.why)
  const of = asked.of ?? (mayAll ? 'all' : 'own')
  return {
    of,
    period: { from, to },
    filter: {
      orgId: member.orgId,
      from: new Date(from),
      to: new Date(Date.parse(to) + DAY_MS),
      environment: asked.environment,
      memberId: of === 'own' ? member.id : undefined,
    },
  }
}

export async function readUsage(
  services: Services,
  member: SignedInMember,
  asked: Asked,
): Promise<z.input<typeof usage>> {
  const { of, period, filter } = visibleUsage(member, asked)
  const [tokens, runtime] = await Promise.all([
    usageReport(services.sql, filter),
    runtimeReport(services.sql, filter),
  ])
  return {
    period,
    of,
    tokens: {
      total: tokens.total,
      seats: withShares(tokens.seats),
      models: withShares(tokens.models),
    },
    runtime,
  }
}

function withShares<T extends UsageSum>(parts: readonly T[]): (T & { readonly share: number })[] {
  const costs = parts.map((part) => part.cost)
  const known = costs.some((cost) => cost > 0)
  const shares = apportion(known ? costs : parts.map(tokensOf), 100)
  return parts.map((part, index) => ({ ...part, share: shares[index] ?? 0 }))
}

function tokensOf(sum: UsageSum): number {
  return sum.input + sum.cached + sum.cacheWrite + sum.output + sum.reasoning
}
