/** Monaco's decorations take class names only, so each person's hue gets its rules when it is first seen. */

const known = new Set<number>()

/** Makes the classes `peer-hue-<hue>` (a selection), `by-hue-<hue>` (a name) and `of-hue-<hue>` (pending text) exist. */
export function ensureHue(hue: number): void {
  const value = Math.round(Number(hue)) % 360
  if (known.has(value)) return
  known.add(value)
  const color = (alpha: string): string => `oklch(var(--person-l) var(--person-c) ${value}${alpha})`
  const style = document.createElement('style')
  style.textContent =
    `.peer-hue-${value} { background: ${color(' / 0.24')} }` +
    `.by-hue-${value} { background: ${color('')} }` +
    `.of-hue-${value} { --person: ${color('')} }`
  document.head.append(style)
}
