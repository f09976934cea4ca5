/** One proposal with its open changes. */
import { need } from '#lib/api/load.ts'
import type { PatchDetail } from '@relpin/authority/contracts/collab.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, depends }) => {
  depends('relpin:patches')
  const path = `/api/apps/${encodeURIComponent(params.app)}/patches/${encodeURIComponent(params.patch)}`
  return { patch: await need<PatchDetail>(fetch, path, url) }
}
