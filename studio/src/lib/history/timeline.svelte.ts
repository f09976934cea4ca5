/** The steps of one file as state: newest first, older ones on demand, the newest anew while one looks. */
import type { HistoryStep } from '@relpin/authority/contracts/history.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import type { Answer } from '#lib/api/client.ts'
import type { Page } from '#lib/api/shapes.ts'
import { askSteps, type FilePlace } from './history-api.ts'
import { mergeSteps } from './merge-steps.ts'

export class Timeline {
  steps: readonly HistoryStep[] = $state.raw([])
  busy = $state(false)
  /** Why older steps could not be loaded. */
  problem: Problem | null = $state.raw(null)
  /** Why there is nothing to show. */
  refused: Problem | null = $state.raw(null)

  readonly #place: FilePlace
  #next: string | null = $state(null)

  constructor(place: FilePlace, first: Answer<Page<HistoryStep>>) {
    this.#place = place
    this.#take(first)
  }

  get more(): boolean {
    return this.#next !== null
  }

  async loadOlder(): Promise<void> {
    if (this.#next === null || this.busy) return
    this.busy = true
    const answer = await askSteps(this.#place, this.#next)
    this.busy = false
    this.problem = answer.ok ? null : answer.problem
    if (!answer.ok) return
    const last = this.steps.at(-1)?.to ?? Infinity
    this.steps = [...this.steps, ...answer.value.items.filter(({ to }) => to < last)]
    this.#next = answer.value.next
  }

  /** A lost connection leaves what is shown; a refusal does not. */
  async refresh(): Promise<void> {
    const answer = await askSteps(this.#place)
    if (!answer.ok && (answer.problem.status === 0 || answer.problem.status >= 500)) {
      if (this.steps.length === 0) this.refused = answer.problem
      return
    }
    this.#take(answer)
  }

  #take(answer: Answer<Page<HistoryStep>>): void {
    if (!answer.ok) {
      this.refused = answer.problem
      this.steps = []
      this.#next = null
      return
    }
    this.refused = null
    const before = this.steps
    this.steps = mergeSteps(before, answer.value.items)
    if (before.length === 0) this.#next = answer.value.next
  }
}
