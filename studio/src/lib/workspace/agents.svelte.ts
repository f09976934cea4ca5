/** The OpenCode sessions that are open in this app, whoever they work for. */
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { call } from '#lib/api/client.ts'
import type { Page } from '#lib/api/shapes.ts'

type AgentHere = Pick<SessionSummary, 'id' | 'memberId' | 'memberName' | 'state'>

const LOOK_MS = 10_000
const HERE: ReadonlySet<SessionSummary['state']> = new Set(['starting', 'connected', 'working'])

export class Agents {
  here: readonly AgentHere[] = $state.raw([])
  readonly #app: string
  readonly #timer: ReturnType<typeof setInterval>

  constructor(app: string) {
    this.#app = app
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
    void this.#look()
  }

  destroy(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (document.hidden) return
    const answer = await call<Page<AgentHere>>(
      fetch,
      'GET',
      `/api/apps/${encodeURIComponent(this.#app)}/sessions?open=true&limit=50`,
    )
    if (answer.ok) this.here = answer.value.items.filter(({ state }) => HERE.has(state))
  }
}
