/** From an agent's tool call reaching the platform to its text standing in another person's page. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'
import type { Api } from '../../support/api.ts'
import type { TestApp } from '../../support/app.ts'
import { watchText, type Window } from './windows.ts'
import { setTimeout as delay } from 'node:timers/promises'

const EDITS = 24
export const AGENT_FILE = { path: 'src/marked.ts', text: '// mark 0;\n' }

/** Milliseconds, one for each of 24 turns of a real OpenCode with the scripted model. */
export async function measureAgentEdits(
  url: string,
  human: { readonly api: Api; readonly token: string },
  app: TestApp,
  peer: Window,
): Promise<readonly number[]> {
  const marks = await watchText(
    peer.workspace.page,
    `return [...shown.matchAll(/mark (\\d+);/g)].map((match) => Number(match[1]))`,
  )
  const { models } = await human.api.call<{ models: { id: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/models`,
  )
  const session = await human.api.call<{ id: string }>('POST', `/api/apps/${app.slug}/sessions`, {
    modelId: models[0]?.id,
  })
  const taken: number[] = []
  let after = 0
  for (let edit = 1; edit <= EDITS; edit += 1) {
    await human.api.call('POST', `/api/sessions/${session.id}/prompt`, {
      text: `Replace "mark ${edit - 1};" with "mark ${edit};" in ${AGENT_FILE.path}`,
    })
    const events = await turnOf(url, human.token, session.id, after)
    after = events.at(-1)?.seq ?? after
    const step = events.find((event) => event.type === 'step' && event.tool === 'edit')
    if (step?.type !== 'step')
      throw new Error(`turn ${edit} made no edit: ${JSON.stringify(events)}`)
    taken.push((await seen(marks, edit)) - Date.parse(step.startedAt))
  }
  await human.api.call('DELETE', `/api/sessions/${session.id}`)
  return taken
}

async function seen(marks: () => Promise<Map<number, number>>, mark: number): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const at = (await marks()).get(mark)
    if (at !== undefined) return at
    await delay(50)
  }
  throw new Error(`mark ${mark} did not arrive in the other window`)
}

/** The events of a session up to the end of its turn. */
async function turnOf(
  url: string,
  token: string,
  session: string,
  after: number,
): Promise<readonly SessionEvent[]> {
  const response = await fetch(`${url}/api/sessions/${session}/events?after=${after}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(90_000),
  })
  const events: SessionEvent[] = []
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data:')) continue
      const event = JSON.parse(line.slice(5)) as SessionEvent
      if (event.seq > after) events.push(event)
      if (event.type === 'turn-end' && event.seq > after) return events
    }
  }
  throw new Error('the stream of the session ended before its turn')
}
