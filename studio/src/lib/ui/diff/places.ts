/** Which row a place belongs to: the changed row of that line, or the start of the change that is nearest to it. */
import type { Row } from './rows.ts'

export type Place = { readonly id: string; /** 1 is the first line. */ readonly line: number }

export function placeAbove(
  rows: readonly Row[],
  places: readonly Place[],
): ReadonlyMap<Row, readonly string[]> {
  const changes = changeStarts(rows)
  const above = new Map<Row, string[]>()
  for (const { id, line } of places) {
    const exact = rows.find((row) => row.kind === 'change' && row.before?.line === line)
    let nearest = changes[0]
    for (const change of changes) {
      if (nearest && distance(change, line) < distance(nearest, line)) nearest = change
    }
    const row = exact ?? nearest?.row ?? rows[0]
    if (row) above.set(row, [...(above.get(row) ?? []), id])
  }
  return above
}

type Change = { readonly row: Row; readonly from: number; readonly to: number }

/** Every run of changed rows with the lines of the former text that it covers. */
function changeStarts(rows: readonly Row[]): Change[] {
  const changes: Change[] = []
  let line = 0
  rows.forEach((row, at) => {
    if (row.kind === 'same') {
      line = row.before
      return
    }
    const own = row.before?.line ?? line + 1
    if (row.before) line = row.before.line
    const open = changes.at(-1)
    if (open && rows[at - 1]?.kind === 'change') changes[changes.length - 1] = { ...open, to: own }
    else changes.push({ row, from: own, to: own })
  })
  return changes
}

const distance = (change: Change, line: number): number =>
  line < change.from ? change.from - line : Math.max(0, line - change.to)
