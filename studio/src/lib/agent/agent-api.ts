/** The calls that the panel makes. */
import type { ModelChoice, SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { call, type Answer } from '#lib/api/client.ts'

type OpenSession = {
  readonly environment: 'DEV'
  readonly modelId: string
  readonly proposeFirst: boolean
}

export type SessionChange = { readonly proposeFirst: boolean } | { readonly modelId: string }

export const agentApi = {
  models: (appId: string): Promise<Answer<{ readonly models: readonly ModelChoice[] }>> =>
    call(fetch, 'GET', `/api/apps/${appId}/models`),

  /** The newest sessions of everybody who works on the app. */
  sessions: (appId: string): Promise<Answer<{ readonly items: readonly SessionSummary[] }>> =>
    call(fetch, 'GET', `/api/apps/${appId}/sessions?limit=30`),

  open: (appId: string, session: OpenSession): Promise<Answer<SessionSummary>> =>
    call(fetch, 'POST', `/api/apps/${appId}/sessions`, session),

  change: (sessionId: string, change: SessionChange): Promise<Answer<SessionSummary>> =>
    call(fetch, 'PATCH', `/api/sessions/${sessionId}`, change),

  prompt: (sessionId: string, text: string): Promise<Answer<unknown>> =>
    call(fetch, 'POST', `/api/sessions/${sessionId}/prompt`, { text }),

  abort: (sessionId: string): Promise<Answer<unknown>> =>
    call(fetch, 'POST', `/api/sessions/${sessionId}/abort`),
}
