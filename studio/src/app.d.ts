/** What SvelteKit carries through every request of the studio. */
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

declare global {
  namespace App {
    // SvelteKit merges into these by name, so they have to be interfaces.
    // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
    interface Locals {
      /** `null` before sign-in. */
      member: SignedInMember | null
    }
    // So does this one.
    // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
    interface Error {
      message: string
      title?: string
      rule?: string
    }
  }
}
