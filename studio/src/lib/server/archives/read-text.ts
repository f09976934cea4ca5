/** Tells text from binary, and brings text into the one form that live documents have. */

const MAX_TEXT_BYTES = 1024 * 1024

/** UTF-8 without a byte order mark and with LF only; `null` for what is not text, or more than 1 MB of it. */
export function readText(bytes: Buffer): string | null {
  if (bytes.length > MAX_TEXT_BYTES || bytes.includes(0)) return null
  try {
    // The decoder drops a byte order mark by itself.
    return normaliseLines(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}

export function normaliseLines(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}
