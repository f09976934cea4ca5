/** What a reviewer should know of a hunk before deciding: edited surroundings, what it stands on, who else wants the place. */
import type { HunkMark } from '@relpin/authority/contracts/collab.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import type { PatchRow } from '@relpin/db/patches.ts'
import { lineBreaks, type TextHunk } from './pending-ranges.ts'

export const overlapping = (why: string): HunkMark => ({ kind: 'overlapping', why })

export function depends(on: readonly string[], bases: readonly PatchRow[]): HunkMark {
  const names = [...new Set(bases.map((patch) => patch.shortId))].join(' and ')
  const why = `It builds on ${names}, which still waits. Decide that first: without it, this goes stale.`
  return { kind: 'depends', on, why }
}

export function contested(patches: readonly PatchRow[]): HunkMark {
  const names = [...new Set(patches.map((patch) => patch.shortId))].sort()
  const why = `${names.join(' and ')} ${names.length === 1 ? 'proposes' : 'propose'} something else for the same place.`
  return { kind: 'contested', patches: names, why }
}

/** In the order in which they were begun. */
export const older = (a: PatchRow, b: PatchRow): boolean =>
  a.createdAt.getTime() - b.createdAt.getTime() < 0 ||
  (a.createdAt.getTime() === b.createdAt.getTime() && a.id < b.id)

/** The hunks that one of a branch's hunks stands on: older ones that touch it in the same line, or that it was put into. */
export function basesOf(
  hunks: readonly TextHunk[],
  index: number,
  patches: ReadonlyMap<string, PatchRow>,
): readonly TextHunk[] {
  const hunk = hunks[index]
  const left = hunk?.follows ? hunks[index - 1] : undefined
  const next = hunks[index + 1]
  const right = next?.follows ? next : undefined
  if (!hunk || (!left && !right)) return NONE
  const patch = patches.get(hunk.patchId)
  const isOlder = (one: TextHunk | undefined): one is TextHunk => {
    const other = one && patches.get(one.patchId)
    return patch !== undefined && other !== undefined && older(other, patch)
  }
  const within = isOlder(left) && isOlder(right) && left.patchId === right.patchId
  return [
    ...(isOlder(left) && (within || !endsLine(left)) ? [left] : []),
    ...(isOlder(right) && (within || !endsLine(hunk)) ? [right] : []),
  ]
}

const endsLine = ({ pieces }: TextHunk): boolean => pieces.at(-1)?.text.endsWith('\n') === true

/** One branch's hunks by the lines of main that they change: in document order neither end goes back. */
export class HunkLines {
  readonly #hunks: readonly TextHunk[]
  /** Those before this index share no line with what is asked about from now on. */
  #next = 0

  constructor(hunks: readonly TextHunk[]) {
    this.#hunks = hunks
  }

  /** Those that change the same lines. Hunks are asked about in document order. */
  shared(hunk: TextHunk): readonly TextHunk[] {
    const last = lastLine(hunk)
    const hunks = this.#hunks
    for (let first = hunks[this.#next]; first && lastLine(first) < hunk.line;)
      first = hunks[(this.#next += 1)]
    let end = this.#next
    while ((hunks[end]?.line ?? Infinity) <= last) end += 1
    return end === this.#next ? NONE : hunks.slice(this.#next, end)
  }
}

const NONE: readonly TextHunk[] = []

/** The line of main where a hunk ends. */
export function lastLine({ line, pieces }: TextHunk): number {
  let last = line
  for (const piece of pieces) if (piece.kind === 'delete') last += lineBreaks(piece.text)
  return last
}

/** Where a change of the tree puts a file, if anywhere. */
const target = ({ path, detail }: TreeHunk): string | null =>
  detail.kind === 'create' ? path : detail.kind === 'rename' ? detail.to : null

/** Whether two changes of the tree cannot both be what people want. */
export function sameFile(a: TreeHunk, b: TreeHunk): boolean {
  return a.fileId === b.fileId || (target(a) !== null && target(a) === target(b))
}
