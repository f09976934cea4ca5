/** Two releases and what differs between them. */
import { ask, need } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { ReleaseComparison, ReleaseSummary } from '@relpin/authority/contracts/bridge.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url }) => {
  const base = `/api/apps/${encodeURIComponent(params.app)}/releases`
  const from = url.searchParams.get('from') ?? ''
  const to = url.searchParams.get('to') ?? ''
  const query = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
  const [releases, comparison] = await Promise.all([
    need<Page<ReleaseSummary>>(fetch, `${base}?limit=200`, url),
    ask<ReleaseComparison>(fetch, `${base}/compare?${query}`, url),
  ])
  return { releases: releases.items, from, to, comparison }
}
