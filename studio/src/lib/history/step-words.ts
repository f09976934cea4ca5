/** What a step of a file's history was, in words. */
import type { HistoryStep } from '@relpin/authority/contracts/history.ts'

/** `Typed`, `Proposal approved`, `Took back patch 1f4a`: the kind alone; who and when stand beside it. */
export function stepKind(step: HistoryStep): string {
  switch (step.kind) {
    case 'typing':
      return 'Typed'
    case 'agent':
      return 'Edited'
    case 'proposal':
      return 'Proposal landed'
    case 'revert':
      return 'Went back to an earlier point'
    case 'undo':
      return step.undid?.kind === 'undo'
        ? `Took back patch ${step.undid.patch}`
        : 'Took back a patch'
    case 'import':
      return 'Imported with the app'
    case 'create':
      return 'Created the file'
  }
}

/** `+12 −3`; what did not happen is left out. */
export function stepSize({ inserted, deleted }: Pick<HistoryStep, 'inserted' | 'deleted'>): string {
  const parts = [
    inserted > 0 && `+${inserted.toLocaleString('en')}`,
    deleted > 0 && `−${deleted.toLocaleString('en')}`,
  ]
  return parts.filter(Boolean).join(' ') || '±0'
}

/** The same for those who hear it. */
export function stepSizeSpoken({
  inserted,
  deleted,
}: Pick<HistoryStep, 'inserted' | 'deleted'>): string {
  return `${inserted.toLocaleString('en')} characters inserted, ${deleted.toLocaleString('en')} deleted`
}
