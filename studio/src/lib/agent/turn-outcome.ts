/** What became of a turn's edits: what landed, what waits as which patch, what was refused by which rule. */
import type { FeedStep, Turn } from './session-feed.ts'

export type Queued = {
  readonly patch: string
  /** Every different reason, first heard first. */
  readonly reasons: readonly string[]
  readonly rule: string
  readonly paths: readonly string[]
}
export type Refused = {
  readonly rule: string
  readonly why: string
  readonly paths: readonly string[]
}
export type TurnOutcome = {
  readonly applied: readonly string[]
  readonly queued: readonly Queued[]
  readonly denied: readonly Refused[]
}

export function outcomeOf(turn: Turn): TurnOutcome {
  const applied = new Set<string>()
  const queued = new Map<string, Queued>()
  const denied = new Map<string, Refused>()
  for (const step of stepsOf(turn)) {
    const { outcome } = step
    const path = pathIn(step.title) ?? pathIn(step.detail)
    if (outcome?.kind === 'applied') applied.add(path ?? step.title)
    if (outcome?.kind === 'queued') {
      const { patch, rule, why } = outcome
      const known = queued.get(patch) ?? { patch, rule, reasons: [], paths: [] }
      const reasons = union(known.reasons, why)
      queued.set(patch, { ...known, reasons, paths: union(known.paths, path) })
    }
    if (outcome?.kind === 'denied') {
      const { rule, why } = outcome
      const known = denied.get(rule) ?? { rule, why, paths: [] }
      denied.set(rule, { ...known, paths: union(known.paths, path) })
    }
  }
  return { applied: [...applied], queued: [...queued.values()], denied: [...denied.values()] }
}

export function stepsOf(turn: Turn): FeedStep[] {
  return turn.items.filter((item) => item.kind === 'step')
}

/** The workspace path that a title such as "Edited src/App.ts" speaks of. */
export function pathIn(words: string): string | null {
  const cleaned = words.split(/[\s,;]+/).map((word) => word.replace(/^["'`(]+|["'`):.]+$/g, ''))
  return cleaned.find(looksLikePath) ?? null
}

function looksLikePath(word: string): boolean {
  if (/[*?{}|:\\]/.test(word)) return false
  return (
    /[^/]\/[^/]/.test(word) || /^\.?[\w@+-][\w@+.-]*\.[a-z]\w{0,11}$|^\.[a-z][\w.-]+$/i.test(word)
  )
}

function union(list: readonly string[], item: string | null): readonly string[] {
  return item === null || list.includes(item) ? list : [...list, item]
}
