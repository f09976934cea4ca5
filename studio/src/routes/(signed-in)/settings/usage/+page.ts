/** Usage of the period in the address, this month's budgets, and prices for who may set them. */
import type { CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import { ask } from '#lib/api/load.ts'
import { may } from '#lib/api/may.ts'
import type { Member, Page, Role } from '#lib/api/shapes.ts'
import type { Environment } from '#lib/usage/period-picker.svelte'
import { periodOf, utcToday } from '#lib/usage/periods.ts'
import type { Budget, Price, Usage } from '#lib/usage/usage-shapes.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, parent, depends }) => {
  depends('relpin:usage')
  const { me } = await parent()
  const billing = may(me, { action: 'billing.manage' }).effect === 'allow'
  const month = periodOf('this-month', utcToday())
  const period = {
    from: url.searchParams.get('from') ?? month.from,
    to: url.searchParams.get('to') ?? month.to,
  }
  const chosen = url.searchParams.get('environment')
  const environment: Environment | null =
    chosen === 'DEV' || chosen === 'TEST' || chosen === 'PROD' ? chosen : null
  const query = new URLSearchParams({ ...period, ...(environment ? { environment } : {}) })
  const [usage, budgets, prices, roles, members, providers] = await Promise.all([
    ask<Usage>(fetch, `/api/usage?${query}`, url),
    ask<Page<Budget>>(fetch, '/api/budgets', url),
    billing ? ask<Page<Price>>(fetch, '/api/prices', url) : null,
    billing ? ask<Page<Role>>(fetch, '/api/roles', url) : null,
    billing ? ask<Page<Member>>(fetch, '/api/members?limit=200', url) : null,
    billing ? ask<Page<CredentialSummary>>(fetch, '/api/credentials', url) : null,
  ])
  return {
    ...{ period, environment, billing, query: query.toString(), usage, budgets, prices },
    roles: roles?.ok ? roles.value.items : [],
    members: members?.ok ? members.value.items : [],
    // Who has billing may lack the providers: then models that were used are enough.
    offered: providers?.ok
      ? providers.value.items.flatMap(({ provider, models }) =>
          models.map(({ id, label }) => ({ provider, model: id, label })),
        )
      : [],
  }
}
