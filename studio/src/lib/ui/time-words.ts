/** Times, sizes and counts as people read them. */

/** `now`, `3 min ago`, `2 h ago`, `yesterday`, `5 days ago`, then the date. */
export function relativeTime(iso: string, now: number): string {
  const at = new Date(iso)
  const seconds = Math.max(0, Math.round((now - at.getTime()) / 1000))
  if (seconds < 45) return 'now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  const days = Math.round(seconds / 86_400)
  if (days === 1) return 'yesterday'
  if (days < 14) return `${days} days ago`
  return at.toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric' })
}

/** `22 Nov 2026, 10:12:04`, in the reader's time zone. */
export function exactTime(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
}

/** `10:12:04` */
export function clockTime(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB')
}

/** `1 file`, `3 files` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

/** `812 B`, `14 KB`, `3.2 MB` */
export function bytes(number: number): string {
  if (number < 1000) return `${number} B`
  if (number < 1_000_000) return `${Math.round(number / 1000)} KB`
  return `${(number / 1_000_000).toFixed(1)} MB`
}
