/** Money, tokens and time as the usage page says them, and as people type them. */
import { apportion } from '@relpin/authority/apportion.ts'

const MICROS = 1_000_000

/** Micro-dollars with their cents, or with four digits where there are only few: `$22.10`, `$0.0042`. In the digits of what it stands beside. */
export function money(micros: number, beside = micros): string {
  const unit = unitOf(beside)
  return inUnits(Math.round(micros / unit), unit)
}

/**
 * Costs as a column that adds up to its total to the last digit: all in the total's unit, each at most one unit away
 * from its exact amount.
 */
export function moneyColumn(costs: readonly number[], total: number): readonly string[] {
  const unit = unitOf(total)
  return apportion(costs, Math.round(total / unit)).map((units) => inUnits(units, unit))
}

/** All six digits, for who wants to know exactly. */
export function exactMoney(micros: number): string {
  return inUnits(micros, 1)
}

/** A cent from ten dollars on, else a hundredth of one. */
function unitOf(micros: number): number {
  return micros >= 10 * MICROS || micros === 0 ? 10_000 : 100
}

function inUnits(units: number, unit: number): string {
  const perDollar = MICROS / unit
  const digits = String(perDollar).length - 1
  const whole = Math.floor(units / perDollar).toLocaleString('en')
  return `$${whole}.${String(units % perDollar).padStart(digits, '0')}`
}

/** `812`, `9.4K`, `1.84M`; three digits that count. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 999_500) return `${three(count / 1_000)}K`
  if (count < 999_500_000) return `${three(count / MICROS)}M`
  return `${three(count / 1_000_000_000)}B`
}

function three(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function timeSpan(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
}

/** `May 1 – May 22`, with the year where it is not this one. */
export function periodWords(from: string, to: string, today: string): string {
  const day = (iso: string): string =>
    new Date(`${iso}T00:00:00Z`).toLocaleDateString('en', {
      month: 'short',
      day: 'numeric',
      timeZone: 'UTC',
      ...(iso.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' }),
    })
  return from === to ? day(from) : `${day(from)} – ${day(to)}`
}

/** Typed dollars in micro-dollars: `3`, `0.30`, `$1,200`. `null` for anything else, or more digits than there are. */
export function parseMoney(text: string): number | null {
  const match = /^\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) return null
  const [, whole = '', part = ''] = match
  return Number(whole.replaceAll(',', '')) * MICROS + Number(part.padEnd(6, '0'))
}

/** A price for a million tokens with all its digits, and cents at least: `$0.30`, `$0.0375`. */
export function rateWords(micros: number): string {
  const [whole = '', part = ''] = typedMoney(micros).split('.')
  return `$${whole}.${part.padEnd(2, '0')}`
}

/** Micro-dollars as one would type them: `3`, `0.3`, `12.5`. */
export function typedMoney(micros: number): string {
  return String(micros / MICROS)
}
