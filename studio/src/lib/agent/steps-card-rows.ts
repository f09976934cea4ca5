/** Sorts a turn's items into the card of steps and the answer below it. */
import { stepsOf } from './turn-outcome.ts'
import type { FeedItem, FeedStep, FeedText, Turn } from './session-feed.ts'

/** What the agent says between two steps, or thinks, is a quiet row of the card. */
export type CardRow = FeedStep | FeedText

export type CardRows = {
  readonly rows: readonly CardRow[]
  /** What was said after the last step: the answer. */
  readonly answers: readonly FeedText[]
}

/**
 * An agent does not speak while its tools run. So a text that is first heard then was said before the step, and only
 * arrived after it, by another way.
 */
export function cardRows(turn: Turn): CardRows {
  const steps = stepsOf(turn)
  const lastStep = turn.items.findLastIndex((item) => item.kind === 'step')
  const quietSince = Math.max(...steps.map((step) => timeOf(step.endedAt)))
  const isAnswer = (item: FeedItem, at: number): item is FeedText =>
    item.kind === 'text' &&
    item.voice === 'answer' &&
    at > lastStep &&
    timeOf(item.startedAt) >= quietSince
  return {
    rows: inSpokenOrder(turn.items.filter((item, at) => !isAnswer(item, at))),
    answers: turn.items.filter(isAnswer),
  }
}

/** Puts words that arrived while steps ran before the first of these. */
function inSpokenOrder(items: readonly FeedItem[]): CardRow[] {
  const rows: CardRow[] = []
  for (const item of items) {
    const late = (row: CardRow): boolean =>
      row.kind === 'step' && timeOf(item.startedAt) <= timeOf(row.endedAt)
    const at = item.kind === 'text' ? rows.findIndex(late) : -1
    rows.splice(at === -1 ? rows.length : at, 0, item)
  }
  return rows
}

/** A step that has not ended ends later than any other. */
function timeOf(iso: string | null): number {
  return iso === null ? Number.POSITIVE_INFINITY : Date.parse(iso)
}
