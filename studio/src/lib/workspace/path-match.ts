/** Finds files by a few letters, in order, anywhere in their path: pure. */

/** Best first. Without a query: `recent` first, then the rest by name. */
export function rankPaths(
  paths: readonly string[],
  query: string,
  recent: readonly string[] = [],
): string[] {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') {
    const rest = paths.filter((path) => !recent.includes(path)).sort()
    return [...recent.filter((path) => paths.includes(path)), ...rest]
  }
  return paths
    .flatMap((path) => {
      const score = match(path.toLowerCase(), wanted)
      return score === null ? [] : [{ path, score }]
    })
    .sort(
      (a, b) => a.score - b.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1),
    )
    .map(({ path }) => path)
}

/** Lower is better; `null` when the letters do not occur in this order. */
function match(path: string, query: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.startsWith(query)) return 0
  if (name.includes(query)) return 1
  if (path.includes(query)) return 2
  let at = -1
  let gaps = 0
  for (const letter of query) {
    const next = path.indexOf(letter, at + 1)
    if (next < 0) return null
    if (at >= 0) gaps += next - at - 1
    at = next
  }
  return 3 + gaps
}
