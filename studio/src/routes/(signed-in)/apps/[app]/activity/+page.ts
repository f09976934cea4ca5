/** The audit log of one app. */
import { loadActivity } from '#lib/activity/load-activity.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = ({ fetch, url, params }) => loadActivity(fetch, url, params.app)
