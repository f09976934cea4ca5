/** How every service logs: one line of JSON an event on stderr. Never texts, prompts, tokens, cookies or keys. */

export type Log = {
  (
    level: 'info' | 'warn' | 'error',
    event: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void
  /** A bug, with the place where it was thrown. */
  readonly bug: (error: unknown, fields?: Readonly<Record<string, unknown>>) => void
}

export function logger(service: string): Log {
  const write = (
    level: string,
    event: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void => {
    const line = { at: new Date().toISOString(), service, level, event, ...fields }
    process.stderr.write(`${JSON.stringify(line)}\n`)
  }
  return Object.assign(write, {
    bug: (error: unknown, fields: Readonly<Record<string, unknown>> = {}) => {
      const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
      write('error', 'bug', { ...fields, cause: cause.slice(0, 2_000) })
    },
  })
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
