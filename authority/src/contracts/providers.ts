/** What agent-bridge says to the studio of model providers. Types only; see `bridge.ts` for how it is asked. */
import type { Environment } from './bridge.ts'

/** What a provider's server speaks: OpenAI's chat completions, OpenAI's responses, or Anthropic's messages. */
export type ModelProtocol = 'chat' | 'responses' | 'messages'

type NamedModel = { readonly id: string; readonly label: string }

/** `POST /internal/credentials` (write-only) -> 201 `CredentialSummary`. */
export type CredentialInput = {
  readonly memberId: string
  readonly orgId: string
  readonly environment: Environment
  readonly provider: string
  readonly baseUrl: string
  readonly protocol: ModelProtocol
  /** Empty where the server needs none. */
  readonly key: string
  readonly models: readonly NamedModel[]
}
/**
 * `PATCH /internal/credentials/:id` -> `CredentialSummary`: another key, other models. Not the address: a stored key is
 * never sent elsewhere than where it was meant for.
 */
export type CredentialChange = {
  readonly memberId: string
  readonly key?: string
  readonly models?: readonly NamedModel[]
}
/** Also `GET /internal/credentials?orgId=` -> `{ credentials: CredentialSummary[] }`, oldest first. */
export type CredentialSummary = {
  readonly id: string
  readonly environment: Environment
  readonly provider: string
  readonly baseUrl: string
  readonly protocol: ModelProtocol
  readonly hasKey: boolean
  /** When the key was put in last. */
  readonly keyAt: string | null
  readonly models: readonly NamedModel[]
  readonly demo: boolean
  readonly createdAt: string
}
/** `POST /internal/credentials/:id/test` `{ memberId, model }` -> this: one short question, through the gateway. */
export type ConnectionTest =
  | { readonly outcome: 'answered'; readonly ms: number }
  /** A sentence for people. */
  | { readonly outcome: 'failed'; readonly why: string }
/** `POST /internal/credentials/:id/offered` `{ memberId }` -> this: what the provider says that it has. */
export type OfferedModels =
  | { readonly outcome: 'listed'; readonly models: readonly string[] }
  | { readonly outcome: 'failed'; readonly why: string }
