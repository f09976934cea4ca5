/** Percentiles of what was measured. */

/** Nearest rank; `share` from 0 to 1. Throws for no values: a figure that was not measured must not look like one. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits))
