/** A moment in words, for titles of patches and for the audit log, where nobody's time zone is known. */

/** `22 Nov 2026, 18:40 UTC`. */
export function momentWords(at: Date): string {
  const day = at.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  })
  return `${day}, ${at.toISOString().slice(11, 16)} UTC`
}
