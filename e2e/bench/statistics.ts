/** Percentiles of measured times, and the table that people read. */

/** The value below which `share` (0..1) of the samples lie, to a tenth. Throws without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new Error('Nothing was measured.')
  return tenth(value)
}

export const tenth = (value: number): number => Math.round(value * 10) / 10

export function printTable(rows: readonly (readonly [what: string, value: string])[]): void {
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`)
}
