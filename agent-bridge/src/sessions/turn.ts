/** One turn: from a prompt to its end. Collects texts, steps and tokens, and says what happened in order. */
import { randomUUID } from 'node:crypto'
import type { PlanItem, SessionHappening, StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import type { OpencodeEvent, OpencodePart } from './opencode-events.ts'
import { promptTitle } from './prompt-parts.ts'

type Happening<Type extends SessionHappening['type']> = Extract<SessionHappening, { type: Type }>
type Text = Happening<'text'>
type Step = Happening<'step'>

type TurnSink = {
  readonly store: (happening: SessionHappening) => void
  readonly draft: (text: Text) => void
}

/** Drafts of a growing text are told at most this often. */
const DRAFT_MS = 40

/** Tools that OpenCode keeps for itself; all others are ours, and told by `stepStarted` and `stepEnded`. */
const OWN_STEPS: Readonly<Record<string, string>> = {
  todowrite: 'Planned the work',
  todoread: 'Looked at the plan',
  invalid: 'Tried a tool that does not exist',
}

const MAX_PLAN = 50
const MAX_PLAN_TEXT = 300

/** The list that OpenCode's own `todowrite` keeps; a status that nobody knows is to be done. */
function planOf(todos: readonly { readonly content: string; readonly status: string }[]) {
  return todos.slice(0, MAX_PLAN).map(({ content, status }): PlanItem => ({
    text: content.slice(0, MAX_PLAN_TEXT).toWellFormed(),
    status:
      status === 'in_progress' || status === 'completed' || status === 'cancelled'
        ? status
        : 'pending',
  }))
}

export class Turn {
  readonly id = randomUUID()
  /** What its patch is called: the prompt's first words until the agent says it better. */
  title: string
  readonly startedAt = Date.now()
  readonly stopped = new AbortController()
  /** Set once anything asked to change: the turn's patch is submitted at its end then. */
  changed = false
  patch: string | null = null
  /** True once OpenCode has the prompt: what it says before is about an earlier turn. */
  sent = false
  /** True once OpenCode said anything about this turn: before that, being idle means nothing. */
  heard = false
  readonly tokens = { input: 0, cached: 0, output: 0, reasoning: 0 }

  readonly #sink: TurnSink
  readonly #assistant = new Set<string>()
  readonly #texts = new Map<string, Text>()
  readonly #dirty = new Set<string>()
  readonly #steps = new Map<string, Step>()
  readonly #counted = new Set<string>()
  #timer: NodeJS.Timeout | null = null

  constructor(prompt: string, sink: TurnSink) {
    this.title = promptTitle(prompt)
    this.#sink = sink
  }

  /** Takes one event of OpenCode's stream. */
  hear(event: OpencodeEvent): void {
    if (event.type === 'session.status') this.heard = true
    if (event.type === 'message.updated') {
      if (event.properties.info.role === 'assistant') this.#assistant.add(event.properties.info.id)
    } else if (event.type === 'message.part.updated') {
      const { part } = event.properties
      if (this.#assistant.has(part.messageID)) this.#hearPart(part)
    } else if (event.type === 'todo.updated') {
      this.#sink.store({ type: 'plan', turn: this.id, items: planOf(event.properties.todos) })
    } else if (event.type === 'message.part.delta') {
      const text = this.#texts.get(event.properties.partID)
      if (text && !text.final && event.properties.field === 'text') {
        this.#texts.set(text.part, { ...text, text: text.text + event.properties.delta })
        this.#draftSoon(text.part)
      }
    }
  }

  stepStarted(call: string, tool: string, title: string): void {
    const step: Step = {
      type: 'step',
      turn: this.id,
      call,
      tool,
      title,
      detail: '',
      status: 'running',
      startedAt: new Date().toISOString(),
      endedAt: null,
      outcome: null,
    }
    this.#steps.set(call, step)
    this.#sink.store(step)
  }

  /** The bridge's own record: the truth about what a tool did. */
  stepEnded(
    call: string,
    end: {
      readonly status: 'done' | 'failed'
      readonly title: string
      readonly detail: string
      readonly outcome: StepOutcome | null
    },
  ): void {
    const step = this.#steps.get(call)
    if (!step) return
    const { outcome } = end
    if (outcome?.kind === 'applied' || outcome?.kind === 'queued') {
      this.changed = true
      this.patch = outcome.patch ?? this.patch
    }
    const ended: Step = { ...step, ...end, endedAt: new Date().toISOString() }
    this.#steps.set(call, ended)
    this.#sink.store(ended)
  }

  /** Closes what is still open: half-said texts are kept, steps that run are said to be cut off. */
  close(why: string): void {
    if (this.#timer) clearTimeout(this.#timer)
    for (const text of this.#texts.values()) {
      if (!text.final && text.text !== '') this.#sink.store({ ...text, final: true })
    }
    for (const step of this.#steps.values()) {
      if (step.status !== 'running') continue
      this.stepEnded(step.call, { status: 'failed', title: step.title, detail: why, outcome: null })
    }
  }

  #hearPart(part: OpencodePart): void {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        this.#hearText(part)
        break
      case 'tool':
        this.#hearTool(part)
        break
      case 'step-finish':
        if (this.#counted.has(part.id)) break
        this.#counted.add(part.id)
        this.tokens.input += part.tokens.input
        this.tokens.cached += part.tokens.cache.read
        this.tokens.output += part.tokens.output
        this.tokens.reasoning += part.tokens.reasoning
        break
      default:
    }
  }

  #hearText(part: Extract<OpencodePart, { type: 'text' | 'reasoning' }>): void {
    if (this.#texts.get(part.id)?.final) return
    const final = part.time?.end !== undefined
    const text: Text = {
      type: 'text',
      turn: this.id,
      part: part.id,
      kind: part.type === 'text' ? 'answer' : 'reasoning',
      text: part.text,
      final,
      ...(part.time ? { startedAt: new Date(part.time.start).toISOString() } : {}),
    }
    this.#texts.set(part.id, text)
    if (!final) this.#draftSoon(part.id)
    else if (text.text !== '') this.#sink.store(text)
  }

  #hearTool(part: Extract<OpencodePart, { type: 'tool' }>): void {
    const { state, callID, tool } = part
    const known = this.#steps.get(callID)
    const own = OWN_STEPS[tool]
    const ended = state.status === 'completed' || state.status === 'error'
    if (own !== undefined && !known && state.status !== 'pending') {
      this.stepStarted(callID, tool, own)
    }
    if (own !== undefined && ended && this.#steps.get(callID)?.status === 'running') {
      const failed = state.status === 'error' || tool === 'invalid'
      const status = failed ? 'failed' : 'done'
      this.stepEnded(callID, { status, title: own, detail: state.error ?? '', outcome: null })
    }
    if (own === undefined && !known && state.status === 'error') {
      // It never came to the bridge: OpenCode refused the arguments, or the capsule lost its way here.
      this.stepStarted(callID, tool, `Tried to use ${tool}`)
      const detail = state.error ?? 'OpenCode could not run it.'
      this.stepEnded(callID, {
        status: 'failed',
        title: `Tried to use ${tool}`,
        detail,
        outcome: null,
      })
    }
  }

  #draftSoon(part: string): void {
    this.#dirty.add(part)
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      for (const id of this.#dirty) {
        const text = this.#texts.get(id)
        if (text && !text.final && text.text !== '') this.#sink.draft(text)
      }
      this.#dirty.clear()
    }, DRAFT_MS)
  }
}
