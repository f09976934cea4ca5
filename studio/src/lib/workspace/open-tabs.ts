/** The open tabs as a value: what opening, keeping and closing do to them. */

export type Tabs = {
  /** File ids, left to right. */
  readonly open: readonly string[]
  /** The one tab in italics that the next single click replaces. */
  readonly preview: string | null
  readonly active: string | null
}

export const NO_TABS: Tabs = { open: [], preview: null, active: null }

/** Brings a file to the front. `keep: false` opens it as the preview, in the place of the former one. */
export function openTab(tabs: Tabs, file: string, keep: boolean): Tabs {
  if (tabs.open.includes(file)) {
    const preview = keep && tabs.preview === file ? null : tabs.preview
    return { ...tabs, preview, active: file }
  }
  if (keep) return { ...tabs, open: insertAfter(tabs.open, tabs.active, file), active: file }
  const open =
    tabs.preview === null
      ? insertAfter(tabs.open, tabs.active, file)
      : tabs.open.map((other) => (other === tabs.preview ? file : other))
  return { open, preview: file, active: file }
}

/** Closes a file; its neighbour comes to the front. */
export function closeTab(tabs: Tabs, file: string): Tabs {
  const index = tabs.open.indexOf(file)
  if (index < 0) return tabs
  const open = tabs.open.filter((other) => other !== file)
  return {
    open,
    preview: tabs.preview === file ? null : tabs.preview,
    active: tabs.active === file ? (open[index] ?? open[index - 1] ?? null) : tabs.active,
  }
}

/** The tab `step` places to the right, round and round. */
export function neighbour(tabs: Tabs, step: number): string | null {
  if (tabs.open.length === 0 || tabs.active === null) return tabs.open[0] ?? null
  const index = tabs.open.indexOf(tabs.active)
  return tabs.open[(index + step + tabs.open.length) % tabs.open.length] ?? null
}

/** What was stored, if it still makes sense. */
export function parseTabs(stored: string | null): Tabs {
  if (stored === null) return NO_TABS
  try {
    const value = JSON.parse(stored) as Partial<Tabs>
    const open = (value.open ?? []).filter((file) => typeof file === 'string')
    const known = (file: string | null | undefined): string | null =>
      file && open.includes(file) ? file : null
    return { open, preview: known(value.preview), active: known(value.active) ?? open[0] ?? null }
  } catch {
    return NO_TABS
  }
}

function insertAfter(open: readonly string[], after: string | null, file: string): string[] {
  const index = after === null ? open.length - 1 : open.indexOf(after)
  return [...open.slice(0, index + 1), file, ...open.slice(index + 1)]
}
