/** Every page of one app knows the app and how many proposals wait. */
import { ask, need } from '#lib/api/load.ts'
import type { App, Page } from '#lib/api/shapes.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ fetch, params, url, depends, untrack }) => {
  depends('relpin:app')
  const here = untrack(() => url)
  const base = `/api/apps/${encodeURIComponent(params.app)}`
  const [app, open] = await Promise.all([
    need<App>(fetch, base, here),
    ask<Page<PatchSummary>>(fetch, `${base}/patches?state=open&limit=200`, here),
  ])
  // The number beside "Proposals" may be missing; the app's pages still work.
  return { app, pending: open.ok ? open.value.items.length : 0 }
}
