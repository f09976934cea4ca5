/** Reads what the invitation offers, or why it offers nothing any more. */
import { call } from '#lib/api/client.ts'
import type { PageLoad } from './$types'

export type Offer = {
  readonly org: string
  readonly role: { readonly key: string; readonly name: string }
  readonly invitedBy: string
  readonly email: string | null
  readonly expiresAt: string
}

export const load: PageLoad = async ({ fetch, params }) => ({
  token: params.token,
  offer: await call<Offer>(fetch, 'GET', `/api/invitations/${encodeURIComponent(params.token)}`),
})
