/** A timeline that grows at its new end: the newest page, loaded again, laid over what was known. */
import type { HistoryStep } from '@relpin/authority/contracts/history.ts'

/** All newest first. A burst that went on has another end but the same beginning: it replaces what it was. */
export function mergeSteps(
  known: readonly HistoryStep[],
  newest: readonly HistoryStep[],
): readonly HistoryStep[] {
  const oldest = newest.at(-1)
  if (!oldest) return known
  const begun = new Set(newest.map(({ from }) => from))
  return [...newest, ...known.filter((step) => step.to < oldest.to && !begun.has(step.from))]
}

/** The step that is meant by a point, also when it has grown since; `null` when there is none. */
export function stepAt(steps: readonly HistoryStep[], point: Point): HistoryStep | null {
  return (
    steps.find(({ to }) => to === point.to) ?? steps.find(({ from }) => from === point.from) ?? null
  )
}

export type Point = Pick<HistoryStep, 'from' | 'to'>
