/** The app's proposals, newest first: those that wait, or all. */
import { need } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, depends }) => {
  depends('relpin:patches')
  const all = url.searchParams.get('show') === 'all'
  const query = all ? 'limit=50' : 'state=open&limit=50'
  const path = `/api/apps/${encodeURIComponent(params.app)}/patches?${query}`
  return {
    show: all ? ('all' as const) : ('open' as const),
    path,
    patches: await need<Page<PatchSummary>>(fetch, path, url),
  }
}
