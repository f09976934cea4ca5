/** Every request passes here first: who is it? */
import type { Handle } from '@sveltejs/kit'

export const handle: Handle = async ({ event, resolve }) => {
  event.locals.member = null
  return resolve(event)
}
