/**
 * Pieces that claim the same place, found before an update is decoded: Yjs walks over all of the former ones for each
 * of them. `conflict-steps.ts` counts all that an update makes Yjs walk; this is a part of it, and is never more.
 */
import { MAX_CONFLICT_STEPS } from './conflict-steps.ts'
import { eachPiece, type StateOf } from './guard-update.ts'

/** Fewer than these make no such number of steps, when they are all at one place. */
const FEWEST = Math.floor(Math.sqrt(2 * MAX_CONFLICT_STEPS))

/** Ends the pass over the bytes as soon as it is known. */
const ENOUGH = Symbol('enough')

/**
 * Whether the new pieces of an update that the guard has passed take too many steps for this alone. `pieces` is how
 * many it has, `inText` how many the document has: all of them stand between the neighbours that no piece names.
 */
export function pilesUp(
  update: Uint8Array,
  { pieces, inText, stateOf }: { pieces: number; inText: number; stateOf: StateOf },
): boolean {
  if (pieces < FEWEST && (pieces - 1) * (inText + pieces) <= MAX_CONFLICT_STEPS) return false
  const places = new Places()
  let walksOfAll = 0
  let steps = 0
  try {
    eachPiece(update, (client, clock, leftClient, leftClock, rightClient, rightClock) => {
      if (clock < stateOf(client)) return
      steps += places.add(leftClient, leftClock, rightClient, rightClock)
      if (leftClient === -1 && rightClient === -1) {
        if (walksOfAll > 0) steps += inText
        walksOfAll += 1
      }
      if (steps > MAX_CONFLICT_STEPS) throw ENOUGH
    })
  } catch (error) {
    if (error === ENOUGH) return true
    throw error
  }
  return false
}

type Place = {
  readonly leftClient: number
  readonly leftClock: number
  readonly rightClient: number
  readonly rightClock: number
  count: number
  /** Another that has the same hash. */
  readonly next: Place | undefined
}

/** How many pieces are at each place. By numbers: a name for each of thousands would take longer than all the rest. */
class Places {
  readonly #byHash = new Map<number, Place>()

  /** Returns how many were there before. */
  add(leftClient: number, leftClock: number, rightClient: number, rightClock: number): number {
    const hash =
      (Math.imul(leftClient, 31) +
        Math.imul(leftClock, 1_000_003) +
        Math.imul(rightClient, 131) +
        Math.imul(rightClock, 8_191)) |
      0
    const first = this.#byHash.get(hash)
    for (let one = first; one; one = one.next) {
      if (
        one.leftClock === leftClock &&
        one.rightClock === rightClock &&
        one.leftClient === leftClient &&
        one.rightClient === rightClient
      ) {
        one.count += 1
        return one.count - 1
      }
    }
    const place = { leftClient, leftClock, rightClient, rightClock, count: 1, next: first }
    this.#byHash.set(hash, place)
    return 0
  }
}
