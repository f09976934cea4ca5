/** Sorts a turn's items into the card of steps and the answer below it. */
import type { FeedItem, FeedStep, FeedText, Turn } from './session-feed.ts'

/** What the agent says between two steps, or thinks, is a quiet row of the card. */
export type CardRow = FeedStep | FeedText

type CardRows = {
  readonly rows: readonly CardRow[]
  /** What was said after the last step: the answer. */
  readonly answers: readonly FeedText[]
}

/** Words and steps arrive by different ways, so that what was said first may be heard last: the beginnings decide. */
export function cardRows(turn: Turn): CardRows {
  const items = turn.items.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
  const lastStep = items.findLastIndex((item) => item.kind === 'step')
  const isAnswer = (item: FeedItem, at: number): item is FeedText =>
    item.kind === 'text' && item.voice === 'answer' && at > lastStep
  return {
    rows: items.filter((item, at) => !isAnswer(item, at)),
    answers: items.filter(isAnswer),
  }
}
