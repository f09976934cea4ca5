/** The Run panel's own state: what can be run, the run in front, and what it says. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import type { Run, RunEvent, RunPanel, RunTask } from '@relpin/authority/contracts/runs.ts'
import { call } from '#lib/api/client.ts'
import { sayProblem } from '#lib/ui/toast.ts'
import { terminalText } from './terminal-text.ts'

/** Shown of what a run says; the beginning goes first. */
const SHOWN = 400_000
const RETRY_MS = 1_000

export class RunPanelState {
  readonly #slug: string
  panel: RunPanel | null = $state.raw(null)
  problem: Problem | null = $state.raw(null)
  run: Run | null = $state.raw(null)
  /** False while what the run says cannot be heard. */
  heard = $state(true)
  starting = $state(false)
  stopping = $state(false)
  #raw = $state.raw('')
  #seq = 0
  #source: EventSource | null = null
  #again: ReturnType<typeof setTimeout> | undefined

  readonly text = $derived(terminalText(this.#raw))

  constructor(slug: string) {
    this.#slug = slug
  }

  /** Asks anew what there is; a run that goes on is shown again after a reload. */
  async load(): Promise<void> {
    const answer = await call<RunPanel>(fetch, 'GET', `/api/apps/${this.#slug}/runs`)
    this.problem = answer.ok ? null : answer.problem
    if (!answer.ok) return
    this.panel = answer.value
    const [latest] = answer.value.runs
    if (this.run === null && latest) this.#show(latest)
  }

  async start(task: RunTask): Promise<void> {
    if (this.starting) return
    this.starting = true
    const answer = await call<Run>(fetch, 'POST', `/api/apps/${this.#slug}/runs`, { task })
    this.starting = false
    if (answer.ok) this.#show(answer.value)
    else sayProblem(answer.problem)
  }

  async stop(): Promise<void> {
    if (!this.run || this.run.end || this.stopping) return
    this.stopping = true
    const answer = await call<Run>(fetch, 'POST', `/api/runs/${this.run.id}/stop`)
    this.stopping = false
    if (!answer.ok) sayProblem(answer.problem)
  }

  destroy(): void {
    clearTimeout(this.#again)
    this.#source?.close()
  }

  #show(run: Run): void {
    this.destroy()
    this.run = run
    this.heard = true
    this.#raw = ''
    this.#seq = 0
    this.#listen(run)
  }

  #listen(run: Run): void {
    const source = new EventSource(`/api/runs/${run.id}/events?after=${this.#seq}`)
    this.#source = source
    source.onopen = () => (this.heard = true)
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as RunEvent
      this.#seq = event.seq
      if (event.type === 'output') {
        this.#raw = (this.#raw + event.text).slice(-SHOWN)
        return
      }
      source.close()
      this.run = { ...run, end: event.end }
      // An install or a script may have changed package.json.
      void this.load()
    }
    source.onerror = () => {
      source.close()
      this.heard = false
      this.#again = setTimeout(() => this.#listen(run), RETRY_MS)
    }
  }
}
