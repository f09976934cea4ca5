/** The apps of the organization, and those put away. */
import { need } from '#lib/api/load.ts'
import type { App, Page } from '#lib/api/shapes.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:apps')
  const [live, archived] = await Promise.all([
    need<Page<App>>(fetch, '/api/apps?archived=false&limit=200', url),
    need<Page<App>>(fetch, '/api/apps?archived=true&limit=200', url),
  ])
  return { apps: live.items, archived: archived.items.filter((app) => app.archivedAt) }
}
