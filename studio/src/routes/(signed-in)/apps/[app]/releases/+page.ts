/** The app's releases, newest first. */
import { need } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { ReleaseSummary } from '@relpin/authority/contracts/bridge.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, depends }) => {
  depends('relpin:releases')
  const path = `/api/apps/${encodeURIComponent(params.app)}/releases?limit=50`
  return { path, releases: await need<Page<ReleaseSummary>>(fetch, path, url) }
}
