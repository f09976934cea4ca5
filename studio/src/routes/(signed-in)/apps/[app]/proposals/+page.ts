/** The app's proposals, newest first: those that wait, or those that were decided. */
import { need } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, depends }) => {
  depends('relpin:patches')
  const show: 'open' | 'decided' = url.searchParams.get('show') === 'decided' ? 'decided' : 'open'
  const state = show === 'open' ? 'open' : 'closed'
  const path = `/api/apps/${encodeURIComponent(params.app)}/patches?state=${state}&limit=50`
  return { show, path, patches: await need<Page<PatchSummary>>(fetch, path, url) }
}
