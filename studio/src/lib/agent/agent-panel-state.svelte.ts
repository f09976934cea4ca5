/** The panel's state: which session is in use, its feed, and what the person can do with it. */
import type {
  ModelChoice,
  SessionEvent,
  SessionSummary,
} from '@relpin/authority/contracts/bridge.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { agentApi, type SessionChange } from './agent-api.ts'
import { announcement } from './announcement.ts'
import { followSession } from './event-stream.ts'
import { remembered, type Remembered } from './remembered.ts'
import { EMPTY_FEED, foldEvent, isWorking, type Feed } from './session-feed.ts'

const MAX_CLOCK_DIFFERENCE_MS = 60_000

type Loading =
  | { readonly step: 'loading' }
  | { readonly step: 'ready' }
  | { readonly step: 'failed'; readonly problem: Problem }

export class AgentPanelState {
  loading = $state.raw<Loading>({ step: 'loading' })
  models = $state.raw<readonly ModelChoice[]>([])
  modelId = $state<string | null>(null)
  sessions = $state.raw<readonly SessionSummary[]>([])
  /** `null` until a first prompt opens one, or an earlier one is chosen. */
  session = $state.raw<SessionSummary | null>(null)
  feed = $state.raw<Feed>(EMPTY_FEED)
  connection = $state<'live' | 'lost'>('live')
  /** For the session in use, or for the next one. */
  proposeFirst = $state(false)
  /** A prompt on its way: shown at once, replaced by the server's own record of it. */
  sending = $state.raw<{ readonly text: string; readonly at: number } | null>(null)
  problem = $state.raw<Problem | null>(null)
  /** For screen readers: the last thing that happened, in a sentence. */
  announced = $state('')
  /** Milliseconds by which this browser's clock runs ahead of the server's. */
  clockAhead = $state(0)

  readonly model = $derived(this.models.find((model) => model.id === this.modelId) ?? null)
  readonly working = $derived(isWorking(this.feed))
  readonly state = $derived(this.feed.state ?? this.session?.state ?? null)

  readonly appId: string
  readonly memberId: string
  readonly memory: Remembered
  #stopFollowing: (() => void) | null = null

  constructor(appId: string, memberId: string) {
    this.appId = appId
    this.memberId = memberId
    this.memory = remembered(appId, memberId)
  }

  /** False while another's session is watched. */
  get mine(): boolean {
    return this.session === null || this.session.memberId === this.memberId
  }

  /** Loads models and sessions, and takes up the session that was in use. */
  async load(): Promise<void> {
    this.loading = { step: 'loading' }
    const [models, sessions] = await Promise.all([
      agentApi.models(this.appId),
      agentApi.sessions(this.appId),
    ])
    if (!models.ok) return this.#failed(models.problem)
    if (!sessions.ok) return this.#failed(sessions.problem)
    this.models = models.value.models
    this.sessions = sessions.value.items
    const liked = this.memory.get('model')
    this.modelId = (this.models.find((model) => model.id === liked) ?? this.models[0])?.id ?? null
    const last = this.memory.get('session')
    const again = this.sessions.find((session) => session.id === last)
    if (again) this.use(again)
    this.loading = { step: 'ready' }
  }

  async refreshSessions(): Promise<void> {
    const answer = await agentApi.sessions(this.appId)
    if (answer.ok) this.sessions = answer.value.items
  }

  /** Shows a session from its beginning: one's own to go on with, another's to watch. */
  use(session: SessionSummary): void {
    this.#leave()
    this.session = session
    this.proposeFirst = session.proposeFirst
    if (session.memberId === this.memberId) {
      this.memory.set('session', session.id)
      if (this.models.some((model) => model.id === session.modelId)) this.modelId = session.modelId
    }
    this.#stopFollowing = followSession(session.id, 0, {
      onConnection: (connection) => (this.connection = connection),
      onEvents: (events) => this.#hear(events),
    })
  }

  /** An empty panel; the next prompt opens a session. */
  startAfresh(): void {
    this.#leave()
    this.memory.set('session', null)
  }

  /** One's own session goes on with the new model; the choice is kept for the next one too. */
  async chooseModel(modelId: string): Promise<void> {
    const before = this.modelId
    this.modelId = modelId
    this.memory.set('model', modelId)
    if (await this.#change({ modelId })) return
    this.modelId = before
    this.memory.set('model', before)
  }

  async setProposeFirst(on: boolean): Promise<void> {
    this.proposeFirst = on
    if (!(await this.#change({ proposeFirst: on }))) this.proposeFirst = !on
  }

  /** True when the server has taken the prompt; otherwise `problem` says why and the text is the caller's to keep. */
  async send(text: string): Promise<boolean> {
    this.problem = null
    this.sending = { text, at: Date.now() - this.clockAhead }
    const sent = await this.#send(text)
    if (!sent) this.sending = null
    return sent
  }

  async stop(): Promise<void> {
    if (!this.session) return
    const answer = await agentApi.abort(this.session.id)
    if (!answer.ok) this.problem = answer.problem
  }

  close(): void {
    this.#stopFollowing?.()
    this.#stopFollowing = null
  }

  /** True when the session in use took the change, or there is none to take it yet. */
  async #change(change: SessionChange): Promise<boolean> {
    const { session } = this
    if (!session || !this.mine || this.state === 'closed') return true
    const answer = await agentApi.change(session.id, change)
    if (!answer.ok) this.problem = answer.problem
    else if (this.session?.id === session.id) this.session = answer.value
    return answer.ok
  }

  async #send(text: string): Promise<boolean> {
    const usable = this.session && this.state !== 'closed' ? this.session : null
    const session = usable ?? (await this.#open())
    if (!session) return false
    const answer = await agentApi.prompt(session.id, text)
    if (!answer.ok) this.problem = answer.problem
    return answer.ok
  }

  async #open(): Promise<SessionSummary | null> {
    if (!this.modelId) return null
    const { modelId, proposeFirst } = this
    const answer = await agentApi.open(this.appId, { environment: 'DEV', modelId, proposeFirst })
    if (!answer.ok) {
      this.problem = answer.problem
      return null
    }
    const { sending } = this
    this.use(answer.value)
    this.sending = sending
    void this.refreshSessions()
    return answer.value
  }

  #hear(events: readonly SessionEvent[]): void {
    const before = this.feed
    this.feed = events.reduce(foldEvent, before)
    this.#compareClocks(events)
    if (this.sending && events.some((event) => this.#isMyPrompt(event))) this.sending = null
    // The story so far is not news; only what happens from now on is read out.
    if (before.seq > 0) {
      this.announced =
        events.map(announcement).findLast((sentence) => sentence !== null) ?? this.announced
    }
  }

  /** The smallest delay ever seen says most about clocks; what comes from the log long after says nothing. */
  #compareClocks(events: readonly SessionEvent[]): void {
    const last = events.at(-1)
    const delay = last ? Date.now() - Date.parse(last.at) : Number.POSITIVE_INFINITY
    if (Math.abs(delay) > MAX_CLOCK_DIFFERENCE_MS) return
    if (this.clockAhead === 0 || delay < this.clockAhead) this.clockAhead = delay
  }

  #isMyPrompt(event: SessionEvent): boolean {
    return (
      event.type === 'prompt' &&
      event.memberId === this.memberId &&
      Date.parse(event.at) >= (this.sending?.at ?? 0) - 5_000
    )
  }

  #leave(): void {
    this.close()
    this.session = null
    this.feed = EMPTY_FEED
    this.sending = null
    this.problem = null
    this.connection = 'live'
  }

  #failed(problem: Problem): void {
    this.loading = { step: 'failed', problem }
  }
}
