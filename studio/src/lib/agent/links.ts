/** Where the panel's links lead. */
import { resolve } from '$app/paths'

export function proposalHref(appSlug: string, patch: string): string {
  return resolve(`apps/${appSlug}/proposals/${patch}`)
}

export const providersHref = (): string => resolve('settings/providers')
