/**
 * Text of a proposal that comes back, by a revert or an undo that waits: which ids of the branch stand for which first
 * writings, so that the approval can leave each piece to whoever wrote it.
 */
import type { Cause, Restored } from '@relpin/db/cause.ts'
import type { PatchCause } from '@relpin/db/branch-causes.ts'
import type { Author } from '@relpin/db/update-log.ts'
import type { IdRange } from '../effective-change.ts'
import { IdMap } from '../history/id-map.ts'

type GoingBack = Extract<Cause, { readonly restored: readonly Restored[] }>

type BackPiece = {
  readonly from: number
  readonly to: number
  /** `null` for text of the proposer's own. */
  readonly first: First | null
}

/** The first writing that some ids stand for, one for one, and whose it is. */
export type First = { readonly source: Restored['source']; readonly writer: Author }

export class BroughtBack {
  readonly #sources = new IdMap<Restored['source']>()
  readonly #causes = new Map<string, GoingBack>()

  readonly #writerOf: (client: number) => Author

  constructor(rows: Iterable<PatchCause>, writerOf: (client: number) => Author) {
    this.#writerOf = writerOf
    for (const { patchId, cause } of rows) {
      if (cause.kind !== 'revert' && cause.kind !== 'undo') continue
      this.#causes.set(patchId, cause)
      for (const { client, from, length, source } of cause.restored)
        this.#sources.add({ client, from, to: from + length }, source)
    }
  }

  *cut(range: IdRange): Generator<BackPiece> {
    for (const { from, to, value, offset } of this.#sources.cut(range)) {
      const source = value && { client: value.client, from: value.from + offset }
      yield { from, to, first: source && { source, writer: this.#writerOf(source.client) } }
    }
  }

  /** What a row says that writes text of this patch anew, under other ids. */
  causeOf(patchId: string, restored: readonly Restored[]): Cause | undefined {
    const cause = this.#causes.get(patchId)
    return cause && { ...cause, restored }
  }
}
