/** Sorts a turn's items into the card of steps and the answer below it. */
import type { FeedItem, FeedStep, FeedText, Turn } from './session-feed.ts'

/** What the agent says between two steps, or thinks, is a quiet row of the card. */
export type CardRow = FeedStep | FeedText

export type CardRows = {
  readonly rows: readonly CardRow[]
  /** Texts after the last step: the answer. */
  readonly answers: readonly FeedText[]
}

export function cardRows(turn: Turn): CardRows {
  const lastStep = turn.items.findLastIndex((item) => item.kind === 'step')
  const isAnswer = (item: FeedItem, at: number): item is FeedText =>
    item.kind === 'text' && item.voice === 'answer' && at > lastStep
  return {
    rows: turn.items.filter((item, at) => !isAnswer(item, at)),
    answers: turn.items.filter(isAnswer),
  }
}
