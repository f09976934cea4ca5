/** A failure that a person can mend: its message is the one line that they see, without a stack trace. */
export class PlainError extends Error {
  override readonly name = 'PlainError'
}

/** The sentence to show for anything that was thrown: ours as it is, others with what was being done. */
export function plainMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
