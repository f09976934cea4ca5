/** The roles with their grants. */
import { need } from '#lib/api/load.ts'
import type { Page, Role } from '#lib/api/shapes.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:roles')
  return { roles: (await need<Page<Role>>(fetch, '/api/roles', url)).items }
}
