/** From the agent's edit, as its tool call begins, to the editor of somebody who watches: real OpenCode, one turn an edit. */
import type { SessionEvent, SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import type { Browser } from '@playwright/test'
import { createApp } from '../support/app.ts'
import { api } from '../support/api.ts'
import { openWindow, seenAt } from './window.ts'

const EDITS = 20

/** Milliseconds of every edit. */
export async function measureAgentEdits(
  browser: Browser,
  url: string,
  tokens: { readonly owner: string; readonly builder: string; readonly maintainer: string },
): Promise<readonly number[]> {
  const app = await createApp(api(url, tokens.owner), { 'notes.txt': 'value0 is what it says\n' })
  const builder = api(url, tokens.builder)
  const { models } = await builder.call<{ models: { id: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/models`,
  )
  const session = await builder.call<SessionSummary>('POST', `/api/apps/${app.slug}/sessions`, {
    modelId: models[0]?.id,
  })
  const reader = await openWindow(browser, url, tokens.maintainer, app, 'notes.txt')
  const times: number[] = []
  for (let edit = 0; edit < EDITS; edit += 1) {
    const seen = seenAt(reader.page, `value${edit + 1} `)
    const { turn } = await builder.call<{ turn: string }>(
      'POST',
      `/api/sessions/${session.id}/prompt`,
      {
        text: `replace "value${edit}" with "value${edit + 1}" in notes.txt`,
      },
    )
    const startedAt = await editOfTurn(url, tokens.builder, session.id, turn)
    times.push((await seen) - startedAt)
  }
  await reader.page.context().close()
  await app.remove()
  return times
}

/** When the turn's edit began, by the server's clock; returns after the turn has ended. */
async function editOfTurn(
  url: string,
  token: string,
  session: string,
  turn: string,
): Promise<number> {
  const gone = new AbortController()
  const response = await fetch(`${url}/api/sessions/${session}/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([gone.signal, AbortSignal.timeout(90_000)]),
  })
  if (!response.body) throw new Error('The session tells no events.')
  let text = ''
  let startedAt: number | null = null
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines.filter((one) => one.startsWith('data: '))) {
      const event = JSON.parse(line.slice(6)) as SessionEvent
      if (event.type === 'step' && event.turn === turn && event.tool === 'edit') {
        startedAt = Date.parse(event.startedAt)
      }
      if (event.type === 'turn-end' && event.turn === turn) {
        gone.abort()
        if (startedAt === null)
          throw new Error(`The turn ended without an edit: ${event.why ?? event.reason}`)
        return startedAt
      }
    }
  }
  throw new Error('The event stream ended before the turn did.')
}
