/** The member behind a request, as the sign-in cookie or an API token proved it. */
export type SignedInMember = {
  readonly id: string
  readonly orgId: string
  readonly name: string
  readonly email: string
  readonly hue: number
  readonly role: { readonly key: string; readonly name: string; readonly grants: readonly string[] }
  /** Hex SHA-256 of the sign-in's id. */
  readonly signIn: string
}
