/** One line of JSON an event on stderr. Never texts, tokens or keys: ids and reasons only. */
export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  process.stderr.write(
    `${JSON.stringify({ at: new Date().toISOString(), service: 'collab-server', level, event, ...fields })}\n`,
  )
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
