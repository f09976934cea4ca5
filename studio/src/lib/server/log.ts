/** One line of JSON to stderr for what went wrong inside. Never a request's body, a cookie or a token. */

export function logError(where: string, error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(
    `${JSON.stringify({ at: new Date().toISOString(), service: 'studio', level: 'error', where, what })}\n`,
  )
}
