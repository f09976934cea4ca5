/** What a log still says is running, after the bridge that ran it was killed: the happenings that close it. */
import type { SessionEvent, SessionHappening } from '@relpin/authority/contracts/bridge.ts'

const WHY = 'The studio was restarted. Send a prompt to go on.'

type Happening<Type extends SessionHappening['type']> = Extract<SessionHappening, { type: Type }>

/** Ends running steps and turns, and says that OpenCode is not there; the next prompt starts it again. */
export function cutOffHappenings(
  events: readonly SessionEvent[],
  now = new Date(),
): SessionHappening[] {
  const steps = new Map<string, Happening<'step'>>()
  const turns = new Map<string, Date>()
  for (const event of events) {
    if (event.type === 'prompt') turns.set(event.turn, new Date(event.at))
    if (event.type === 'turn-end') turns.delete(event.turn)
    if (event.type === 'step') steps.set(event.call, event)
  }
  const running = [...steps.values()].filter((step) => step.status === 'running')
  return [
    ...running.map((step): SessionHappening => ({
      ...step,
      status: 'failed',
      detail: 'The studio was restarted while this ran.',
      endedAt: now.toISOString(),
    })),
    ...[...turns].map(([turn, startedAt]): SessionHappening => ({
      type: 'turn-end',
      turn,
      reason: 'failed',
      why: WHY,
      elapsedMs: now.getTime() - startedAt.getTime(),
      tokens: { input: 0, cached: 0, output: 0, reasoning: 0 },
      patch: null,
    })),
    { type: 'state', state: 'failed', why: WHY },
  ]
}
