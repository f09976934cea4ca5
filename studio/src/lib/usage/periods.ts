/** The periods that one picks usage by: whole days in UTC, both ends included. */

export type Period = { readonly from: string; readonly to: string }

export const PERIODS = [
  { value: 'this-month', label: 'This month' },
  { value: 'last-month', label: 'Last month' },
  { value: '7-days', label: 'Last 7 days' },
  { value: '30-days', label: 'Last 30 days' },
] as const
export type PeriodName = (typeof PERIODS)[number]['value']

const DAY_MS = 86_400_000

/** `today` as `2026-05-22`. */
export function periodOf(name: PeriodName, today: string): Period {
  const [year = 0, month = 1] = today.split('-').map(Number)
  switch (name) {
    case 'this-month':
      return { from: `${today.slice(0, 7)}-01`, to: today }
    case 'last-month':
      return { from: iso(Date.UTC(year, month - 2, 1)), to: iso(Date.UTC(year, month - 1, 0)) }
    case '7-days':
      return { from: iso(Date.parse(today) - 6 * DAY_MS), to: today }
    case '30-days':
      return { from: iso(Date.parse(today) - 29 * DAY_MS), to: today }
  }
}

/** The name of a period, or `null` for one of one's own. */
export function nameOf(period: Period, today: string): PeriodName | null {
  const found = PERIODS.find(({ value }) => {
    const { from, to } = periodOf(value, today)
    return from === period.from && to === period.to
  })
  return found?.value ?? null
}

export function utcToday(): string {
  return new Date().toISOString().slice(0, 10)
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
