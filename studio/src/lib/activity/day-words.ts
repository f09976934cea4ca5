/** Days as headings: Today, Yesterday, or the date. */
export function dayWords(iso: string, now: number): string {
  const day = new Date(iso)
  const start = (at: Date): number =>
    new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
  const days = Math.round((start(new Date(now)) - start(day)) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return day.toLocaleDateString('en', {
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    year: 'numeric',
  })
}
