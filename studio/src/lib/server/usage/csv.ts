/** CSV that spreadsheets open without running anything in it (RFC 4180, UTF-8). */

/** A spreadsheet takes a cell that begins like this for a formula. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u

/** One cell. Text that could be a formula gets an apostrophe before it, which spreadsheets show as text. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** Pages of lines, one asked for when the reader has taken the one before: any length in little memory. */
export function csvStream(
  head: readonly string[],
  pages: AsyncGenerator<readonly (readonly (string | number | null)[])[], void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let started = false
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (!started) {
          started = true
          // The mark tells spreadsheets that names are UTF-8.
          controller.enqueue(encoder.encode(`\uFEFF${csvLine(head)}`))
          return
        }
        const page = await pages.next()
        if (page.done) controller.close()
        else controller.enqueue(encoder.encode(page.value.map(csvLine).join('')))
      },
      cancel: async () => {
        await pages.return()
      },
    },
    { highWaterMark: 1 },
  )
}
