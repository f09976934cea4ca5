/** The audit log of the organization. */
import { loadActivity } from '#lib/activity/load-activity.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = ({ fetch, url }) => loadActivity(fetch, url)
