/** What a branch remembers of its former generations: which ids were theirs, and where each piece went. */
import type { RebaseMap, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { generationOf } from '@relpin/authority/generations.ts'
import { changeBy, leavesGap, type IdRange } from '../effective-change.ts'
import type { LiveDocument } from '../live-documents.ts'
import { MAX_SERVER_UPDATE_BYTES } from '../guard-update.ts'
import { readUpdate, type Reading } from '../read-update.ts'

export class FormerGenerations {
  /** Oldest first, without gaps; the last leads to the present generation. */
  readonly maps: readonly RebaseMap[]
  readonly #ids = new Map<number, IdRange[]>()

  constructor(maps: readonly RebaseMap[]) {
    this.maps = maps
    for (const range of maps.flatMap((map) => map.moved)) {
      const list = this.#ids.get(range.client)
      if (list) list.push(range)
      else this.#ids.set(range.client, [range])
    }
  }

  /** Whether any of these ids was a former generation's. */
  had(ranges: readonly IdRange[]): boolean {
    return ranges.some(({ client, from, to }) =>
      this.#ids.get(client)?.some((range) => range.from < to && from < range.to),
    )
  }

  /** What leads from a generation to the present one; undefined when that is not remembered any more. */
  since(generation: number): readonly RebaseMap[] | undefined {
    const index = this.maps.findIndex((map) => map.generation === generation)
    return index < 0 ? undefined : this.maps.slice(index)
  }
}

/**
 * A client that was away while its proposal was decided offers the former branch again: what landed would wait a
 * second time, and what was rejected would come back. The answer that makes it go on in the branch as it is now; null
 * for an update of the present generation.
 */
export function answerToFormer(live: LiveDocument, reading: Reading): ServerMessage | null {
  const { id, doc, bindings, inFlight, generation, former } = live
  if (id.kind !== 'branch' || generation === 1 || !reading.ok) return null
  // The oldest: it may have taken in later ones when its connection came back for a moment, and the way that leads
  // on from those is not whole for it, so it would ask again and get the same answer.
  let oldest = generation
  for (const { id: stamp } of reading.update.structs)
    oldest = Math.min(oldest, generationOf(stamp.client) ?? generation)
  if (oldest < generation) return rebased(live, former.since(oldest))
  const { inserted } = changeBy(doc, reading.update)
  if (former.had(inserted)) return rebased(live, former.maps)
  // So long ago that it is forgotten: the client id is known in the file, and nothing of it is here. What is being
  // committed right now is bound already and not applied yet.
  const forgotten =
    inFlight.size === 0 &&
    inserted.some(({ client }) => bindings.has(client) && !doc.store.clients.has(client))
  return forgotten ? rebased(live, undefined) : null
}

/** Whether an edit was made in a state of a branch that is no more: its author has done no wrong, and looks again. */
export function buildsOnFormer({ generation, doc }: LiveDocument, update: Uint8Array): boolean {
  if (generation === 1) return false
  const reading = readUpdate(update, { maxBytes: MAX_SERVER_UPDATE_BYTES })
  return reading.ok && leavesGap(doc, reading.update)
}

function rebased(
  { generation }: LiveDocument,
  maps: readonly RebaseMap[] | undefined,
): ServerMessage {
  return { type: 'rebased', generation, ...(maps ? { maps } : {}) }
}
