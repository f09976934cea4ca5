/** When a character was written: asked of the history when somebody wants to know, and kept for as long as the text stands. */
import type { BlameResponse } from '@relpin/authority/contracts/history.ts'
import type { Answer } from '#lib/api/client.ts'
import { difference } from '../text-difference.ts'
import { handKey, type ShownHand } from './hand.ts'

/** A text that is being typed in is not asked for again at every key. */
const FRESH_MS = 3_000

export class Times {
  readonly #ask: () => Promise<Answer<BlameResponse>>
  #answer: { readonly blame: BlameResponse; readonly at: number } | null = null
  #asking: Promise<void> | null = null

  constructor(ask: () => Promise<Answer<BlameResponse>>) {
    this.#ask = ask
  }

  /** Asks for the times of `text` unless they are there. */
  async load(text: string): Promise<void> {
    const answer = this.#answer
    if (answer && (answer.blame.text === text || Date.now() - answer.at < FRESH_MS)) return
    this.#asking ??= this.#fetch().finally(() => (this.#asking = null))
    await this.#asking
  }

  /** ISO time of the newest character of `hand` in `[from, to)` of `text`; `null` when it is not known. */
  latest(text: string, from: number, to: number, hand: ShownHand): string | null {
    const blame = this.#answer?.blame
    return blame ? latestIn(blame, text, from, to, hand) : null
  }

  async #fetch(): Promise<void> {
    const answer = await this.#ask()
    if (answer.ok) this.#answer = { blame: answer.value, at: Date.now() }
  }
}

/** The same for one answer, whose text may be a little older than `text`: what was typed since has no time yet. */
export function latestIn(
  blame: BlameResponse,
  text: string,
  from: number,
  to: number,
  hand: ShownHand,
): string | null {
  const change = difference(blame.text, text)
  const key = handKey(hand)
  let start = 0
  let latest: string | null = null
  for (const run of blame.runs) {
    const end = start + run.length
    const known = blame.hands[run.hand]
    const touches = overlaps(start, end, change, from, to)
    start = end
    if (!touches || !known || handKey(known) !== key) continue
    if (latest === null || run.at > latest) latest = run.at
  }
  return latest
}

/** Whether `[start, end)` of the older text is seen in `[from, to)` of the newer one. */
function overlaps(
  start: number,
  end: number,
  change: ReturnType<typeof difference>,
  from: number,
  to: number,
): boolean {
  if (!change) return start < to && end > from
  const removedTo = change.offset + change.remove
  const shift = change.insert.length - change.remove
  const before = start < Math.min(to, change.offset) && Math.min(end, change.offset) > from
  const after =
    Math.max(start, removedTo) + shift < to &&
    end + shift > Math.max(from, removedTo + shift) &&
    end > removedTo
  return before || after
}
