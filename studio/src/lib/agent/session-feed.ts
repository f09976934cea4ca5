/** Folds a session's events into what the panel shows: turns, each with its prompt, its texts, its steps and its end. */
import type {
  PlanItem,
  SessionEvent,
  SessionHappening,
  SessionState,
} from '@relpin/authority/contracts/bridge.ts'

type Happening<Type extends SessionHappening['type']> = Extract<SessionEvent, { type: Type }>

export type FeedStep = Omit<Happening<'step'>, 'seq' | 'at' | 'type' | 'turn'> & {
  readonly kind: 'step'
  /** The turn ended before this step did. */
  readonly cutOff: boolean
}
export type FeedText = {
  readonly kind: 'text'
  readonly part: string
  readonly voice: 'answer' | 'reasoning'
  readonly text: string
  /** False while more may come. */
  readonly final: boolean
  /** ISO time at which it was begun. */
  readonly startedAt: string
}
export type FeedItem = FeedStep | FeedText

export type Turn = {
  readonly id: string
  readonly startedAt: string
  /** `null` when the turn was joined after its prompt. */
  readonly prompt: {
    readonly memberId: string
    readonly memberName: string
    readonly text: string
    readonly at: string
  } | null
  /** What OpenCode means to do, as it said last; `null` where it made no plan. */
  readonly plan: readonly PlanItem[] | null
  /** In the order in which they arrived; `startedAt` says in which they began. */
  readonly items: readonly FeedItem[]
  readonly end: Omit<Happening<'turn-end'>, 'seq' | 'at' | 'type' | 'turn'> | null
}

export type Feed = {
  /** `null` before the first event. */
  readonly state: SessionState | null
  /** Why it failed or closed, in words for people. */
  readonly why: string | null
  /** Highest sequence number seen: where to resume. */
  readonly seq: number
  readonly turns: readonly Turn[]
}

export const EMPTY_FEED: Feed = { state: null, why: null, seq: 0, turns: [] }

/**
 * The feed after one more event. Pure; what did not change keeps its identity. Hearing an event twice, or an old
 * one again after a reconnect, changes nothing: parts and steps are replaced by id and never go backwards.
 */
export function foldEvent(feed: Feed, event: SessionEvent): Feed {
  const next = apply(feed, event)
  return event.seq > next.seq ? { ...next, seq: event.seq } : next
}

/** The turn that is under way, if any. */
export function openTurn(feed: Feed): Turn | null {
  const last = feed.turns.at(-1)
  return last && !last.end ? last : null
}

/** Whether Stop, rather than Send, makes sense. */
export function isWorking(feed: Feed): boolean {
  return feed.state === 'working' || (feed.state === 'connected' && openTurn(feed) !== null)
}

function apply(feed: Feed, event: SessionEvent): Feed {
  switch (event.type) {
    case 'state':
      if (event.seq < feed.seq) return feed
      return { ...feed, state: event.state, why: event.why ?? null }
    case 'prompt': {
      const { memberId, memberName, text, at } = event
      return changeTurn(feed, event, (turn) =>
        turn.prompt ? turn : { ...turn, startedAt: at, prompt: { memberId, memberName, text, at } },
      )
    }
    case 'text':
      return changeTurn(feed, event, (turn) => withText(turn, event))
    case 'step':
      return changeTurn(feed, event, (turn) => withStep(turn, event))
    case 'plan':
      // An old one again, after a reconnect, changes nothing.
      return event.seq <= feed.seq
        ? feed
        : changeTurn(feed, event, (turn) => ({ ...turn, plan: event.items }))
    case 'turn-end':
      return changeTurn(feed, event, (turn) => (turn.end ? turn : ended(turn, event)))
  }
}

/** Newest turns change most: they are searched from the end. An unknown turn is begun. */
function changeTurn(
  feed: Feed,
  event: { readonly turn: string; readonly at: string },
  change: (turn: Turn) => Turn,
): Feed {
  const at = feed.turns.findLastIndex((turn) => turn.id === event.turn)
  const known = feed.turns[at]
  const before: Turn = known ?? {
    id: event.turn,
    startedAt: event.at,
    prompt: null,
    plan: null,
    items: [],
    end: null,
  }
  const after = change(before)
  if (after === known) return feed
  return { ...feed, turns: known ? feed.turns.with(at, after) : [...feed.turns, after] }
}

function withText(turn: Turn, event: Happening<'text'>): Turn {
  const { part, kind: voice, text, at } = event
  const known = turn.items.findLastIndex((item) => item.kind === 'text' && item.part === part)
  const before = turn.items[known]
  if (before?.kind !== 'text') {
    if (text === '') return turn
    const final = event.final || turn.end !== null
    const added: FeedText = {
      kind: 'text',
      part,
      voice,
      text,
      final,
      startedAt: event.startedAt ?? at,
    }
    return { ...turn, items: [...turn.items, added] }
  }
  if ((before.final && !event.final) || (before.text === text && before.final === event.final)) {
    return turn
  }
  return { ...turn, items: turn.items.with(known, { ...before, text, final: event.final }) }
}

function withStep(turn: Turn, event: Happening<'step'>): Turn {
  const { call, tool, title, detail, status, startedAt, endedAt, outcome } = event
  const step: FeedStep = {
    kind: 'step',
    call,
    tool,
    title,
    detail,
    status,
    startedAt,
    endedAt,
    outcome,
    cutOff: false,
  }
  const known = turn.items.findLastIndex((item) => item.kind === 'step' && item.call === call)
  const before = turn.items[known]
  if (before?.kind !== 'step') return { ...turn, items: [...turn.items, step] }
  const backwards = before.status !== 'running' && status === 'running'
  return backwards ? turn : { ...turn, items: turn.items.with(known, step) }
}

/** What still ran when the turn ended will never report again. */
function ended(turn: Turn, event: Happening<'turn-end'>): Turn {
  const { reason, why, elapsedMs, tokens, patch } = event
  const items = turn.items.map((item): FeedItem => {
    if (item.kind === 'text') return item.final ? item : { ...item, final: true }
    if (item.status !== 'running') return item
    return { ...item, status: 'failed', endedAt: event.at, cutOff: true }
  })
  return { ...turn, items, end: { reason, why, elapsedMs, tokens, patch } }
}
