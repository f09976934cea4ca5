/** The app's proposals, newest first: those that wait, or those that are done. */
import { need } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, depends }) => {
  depends('relpin:patches')
  const show: 'open' | 'closed' = url.searchParams.get('show') === 'closed' ? 'closed' : 'open'
  const path = `/api/apps/${encodeURIComponent(params.app)}/patches?state=${show}&limit=50`
  return { show, path, patches: await need<Page<PatchSummary>>(fetch, path, url) }
}
