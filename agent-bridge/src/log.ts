/** One line of JSON an event on stderr. Never texts, prompts, tokens or keys: ids and reasons only. */

export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  process.stderr.write(
    `${JSON.stringify({ at: new Date().toISOString(), service: 'agent-bridge', level, event, ...fields })}\n`,
  )
}

/** A bug, with the place where it was thrown. */
export function logBug(error: unknown): void {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('error', 'bug', { cause: cause.slice(0, 2_000) })
}
