/** Where several proposals are about the same lines, each has a bar of its own beside the others. */

type Stretch = { readonly firstLine: number; readonly lastLine: number }

/** The lane of each stretch, 0 to `MOST_LANES - 1`; they come sorted by their first line. */
export function lanesOf(stretches: readonly Stretch[]): readonly number[] {
  const ends: number[] = []
  return stretches.map(({ firstLine, lastLine }) => {
    const free = ends.findIndex((end) => end < firstLine)
    const lane = free >= 0 ? free : Math.min(ends.length, MOST_LANES - 1)
    ends[lane] = Math.max(lastLine, free >= 0 ? 0 : (ends[lane] ?? 0))
    return lane
  })
}

/** More have no room beside the line numbers. */
const MOST_LANES = 3
