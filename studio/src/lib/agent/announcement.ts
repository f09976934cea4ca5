/** What a screen reader is told of a session: results and refusals, not every word and every start. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'

/** `null` for what is not worth interrupting for. */
export function announcement(event: SessionEvent): string | null {
  switch (event.type) {
    case 'state':
      if (event.state === 'failed') return `OpenCode failed. ${event.why ?? ''}`.trim()
      return event.state === 'starting' ? 'OpenCode is starting.' : null
    case 'step':
      return event.status === 'running' ? null : `${event.title}. ${outcomeWords(event)}`.trim()
    case 'text':
      return event.final && event.kind === 'answer'
        ? `OpenCode answered: ${spoken(event.text)}`
        : null
    case 'turn-end':
      if (event.reason === 'done') return null
      return event.reason === 'aborted' ? 'Stopped.' : `The turn failed. ${event.why ?? ''}`.trim()
    case 'plan':
    case 'prompt':
      return null
  }
}

/** Without the signs of Markdown, which would be read out one by one. */
function spoken(markdown: string): string {
  return markdown.replace(/[#*`>|]+/g, '').trim()
}

function outcomeWords(event: Extract<SessionEvent, { type: 'step' }>): string {
  switch (event.outcome?.kind) {
    case 'applied':
      return 'Applied.'
    case 'queued':
      return `Waits for approval as patch ${event.outcome.patch}.`
    case 'denied':
      return `Denied: ${event.outcome.why}`
    case 'stale':
      return event.outcome.why
    case undefined:
      return event.status === 'failed' ? 'Failed.' : ''
  }
}
