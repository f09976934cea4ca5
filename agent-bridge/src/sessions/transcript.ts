/** What a session said so far, in short: an OpenCode that had to be started again is told it with the next prompt. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'

const MAX_CHARACTERS = 16_000

/** The newest of it that fits; `null` when nothing was said yet. `current` is the turn that is about to begin. */
export function transcript(events: readonly SessionEvent[], current: string): string | null {
  const lines: string[] = []
  for (const event of events) {
    if (event.type === 'prompt' && event.turn !== current) lines.push(`Person: ${event.text}`)
    if (event.type === 'text' && event.kind === 'answer' && event.turn !== current) {
      lines.push(`You: ${event.text}`)
    }
    if (event.type === 'step' && event.outcome) lines.push(`(${event.title})`)
  }
  if (lines.length === 0) return null
  const whole = lines.join('\n\n')
  return whole.length > MAX_CHARACTERS ? `…${whole.slice(-MAX_CHARACTERS)}` : whole
}
