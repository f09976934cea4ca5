/** Everything behind sign-in knows who is signed in. */
import { need } from '#lib/api/load.ts'
import type { Me } from '#lib/api/shapes.ts'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ fetch, url, depends, untrack }) => {
  depends('relpin:me')
  return {
    me: await need<Me>(
      fetch,
      '/api/me',
      untrack(() => url),
    ),
  }
}
