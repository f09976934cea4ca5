/** The AI providers of the organization, without their keys. */
import { ask } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import type { CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:providers')
  return { providers: await ask<Page<CredentialSummary>>(fetch, '/api/credentials?limit=200', url) }
}
