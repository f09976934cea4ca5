/** Money and time in the words of budgets' messages. */

/** Micro-dollars as `$12.34`; amounts below a cent keep what there is of them. */
export function dollars(micros: number): string {
  const digits = micros !== 0 && Math.abs(micros) < 10_000 ? 6 : 2
  const text = (micros / 1_000_000).toFixed(digits)
  return `$${digits === 6 ? text.replace(/0+$/, '') : text}`
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
}

/** The first day of the month after this one, UTC: `1 December`. */
export function nextMonth(now: Date): string {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
  return `1 ${first.toLocaleString('en', { month: 'long', timeZone: 'UTC' })}`
}
