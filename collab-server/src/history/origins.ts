/** Which text is the same text: what was brought back stands for what somebody wrote at first. */
import type { Cause, Restored } from '@relpin/db/cause.ts'
import type { IdRange } from '../effective-change.ts'
import { IdMap } from './id-map.ts'

export class Origins {
  readonly #sources = new IdMap<Restored['source']>()

  constructor(causes: Iterable<Cause | null>) {
    for (const cause of causes) {
      if (cause?.kind !== 'revert' && cause?.kind !== 'undo') continue
      for (const { client, from, length, source } of cause.restored)
        this.#sources.add({ client, from, to: from + length }, source)
    }
  }

  /** The ids of the first writing, piece by piece in the order of the range; ids that stand for themselves as they are. */
  *of(range: IdRange): Generator<{ readonly range: IdRange; readonly origin: IdRange }> {
    for (const { from, to, value, offset } of this.#sources.cut(range)) {
      const piece = { client: range.client, from, to }
      const start = value ? value.from + offset : from
      const client = value?.client ?? range.client
      yield { range: piece, origin: { client, from: start, to: start + to - from } }
    }
  }
}
