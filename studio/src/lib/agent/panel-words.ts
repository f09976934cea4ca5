/** Times, states and tools as the panel words them. */
import type { SessionState } from '@relpin/authority/contracts/bridge.ts'

/** `00:04`, `12:31`, `1:02:03`; what takes less than a second says so in tenths. */
export function duration(ms: number): string {
  if (ms < 50) return '<0.1 s'
  if (ms < 950) return `${(ms / 1000).toFixed(1)} s`
  return stopwatch(ms)
}

/** Always minutes and seconds: for something that counts up. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${two(minutes)}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** `10:12`, in the reader's time zone. */
export function timeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

/** `940`, `12.4k`, `1.84M` */
export function tokens(count: number): string {
  if (count < 1000) return String(count)
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 100_000 ? 1 : 0)}k`
  return `${(count / 1_000_000).toFixed(2)}M`
}

type StateLook = {
  readonly word: string
  readonly tone: 'landed' | 'agent' | 'denied' | 'faint'
}

/** `worked`: it has answered before, so that not running is a rest rather than a failure. */
export function stateLook(state: SessionState | null, worked = false): StateLook {
  switch (state) {
    case 'starting':
      return { word: 'Starting', tone: 'agent' }
    case 'connected':
      return { word: 'Connected', tone: 'landed' }
    case 'working':
      return { word: 'Working', tone: 'agent' }
    case 'failed':
      if (worked) return { word: 'Not running', tone: 'faint' }
      return { word: 'Failed', tone: 'denied' }
    case 'closed':
      return { word: 'Closed', tone: 'faint' }
    case null:
      return { word: 'Ready', tone: 'faint' }
  }
}

/** `today 10:12`, `yesterday 10:12`, `21 Nov 10:12`: when a session was opened. */
export function when(iso: string, now: number): string {
  const at = new Date(iso)
  const days = Math.round((midnight(new Date(now)) - midnight(at)) / 86_400_000)
  const day =
    days === 0
      ? 'today'
      : days === 1
        ? 'yesterday'
        : at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return `${day} ${timeOfDay(iso)}`
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
