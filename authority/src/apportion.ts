/** Shares that add up: whole numbers for parts of a whole, each at most one away from its exact one. */

/**
 * Divides `whole` (a whole number) in the proportion of `parts` by the largest remainders. The result adds up to
 * `whole` exactly, unless the parts add up to nothing: then it is all zeros. Parts are whole numbers of 0 and more.
 */
export function apportion(parts: readonly number[], whole: number): number[] {
  const exact = parts.map(BigInt)
  const sum = exact.reduce((total, part) => total + part, 0n)
  if (sum === 0n) return parts.map(() => 0)
  const wanted = BigInt(whole)
  const shares = exact.map((part) => (part * wanted) / sum)
  const left = whole - Number(shares.reduce((total, share) => total + share, 0n))
  const byRemainder = exact
    .map((part, index) => ({ index, remainder: (part * wanted) % sum }))
    .sort((a, b) => Number(b.remainder - a.remainder) || a.index - b.index)
  const raised = new Set(byRemainder.slice(0, left).map((each) => each.index))
  return shares.map((share, index) => Number(share) + (raised.has(index) ? 1 : 0))
}
