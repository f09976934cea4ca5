/** What of a turn's edits waits for approval, in which patch and why. */
import type { FeedStep, Turn } from './session-feed.ts'

export type Queued = {
  readonly patch: string
  /** Every different reason, first heard first. */
  readonly reasons: readonly string[]
  readonly rule: string
  readonly paths: readonly string[]
}
/** The patches that a turn's steps were queued in, first asked for first. */
export function queuedPatches(turn: Turn): Queued[] {
  const queued = new Map<string, Queued>()
  for (const { outcome, title, detail } of stepsOf(turn)) {
    if (outcome?.kind !== 'queued') continue
    const { patch, rule, why } = outcome
    const known = queued.get(patch) ?? { patch, rule, reasons: [], paths: [] }
    const reasons = union(known.reasons, why)
    const paths = union(known.paths, pathIn(title) ?? pathIn(detail))
    queued.set(patch, { ...known, reasons, paths })
  }
  return [...queued.values()]
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
