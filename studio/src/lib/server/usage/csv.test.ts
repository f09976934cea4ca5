/** A download carries what is recorded, and nothing in it runs in a spreadsheet. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvCell, csvLine, csvStream } from './csv.ts'

test.each(['=cmd|calc!A1', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', ' =1+1', '\u200b=1', '＝1'])(
  '%j is shown and not run',
  (text) => {
    const cell = csvCell(text)
    expect(cell.replace(/^"/, '')).toMatch(/^'/)
  },
)

test('ordinary names and addresses stay as they are', () => {
  expect(csvCell('Olive')).toBe('Olive')
  expect(csvCell('olive@example.com')).toBe('olive@example.com')
  expect(csvCell('GPT-5 "mini", fast')).toBe('"GPT-5 ""mini"", fast"')
  expect(csvCell(0)).toBe('0')
  expect(csvCell(null)).toBe('')
})

/** A reader as strict as the standard. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    cell.lastIndex = at
    const match = cell.exec(text)
    if (!match) throw new Error(`not CSV at ${at}`)
    const [, raw = '', end] = match
    rows.at(-1)?.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

test('whatever is in a cell comes out again, and none begins as a formula', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string().map((rest) => `=${rest}`),
    fc.constantFrom('"', ',', '\r\n', '-1', '@x', "'=1"),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (cells) => {
      const [row = []] = parse(csvLine(cells))
      expect(row).toHaveLength(cells.length)
      row.forEach((cell, index) => {
        expect([cells[index], `'${cells[index] ?? ''}`]).toContain(cell)
        expect(cell).not.toMatch(/^[\s=+\-@]*[=+\-@]/)
      })
    }),
  )
})

test('is written as fast as it is read, and stops when nobody reads on', async () => {
  let made = 0
  let stopped = false
  async function* pages() {
    try {
      for (;;) {
        made += 1
        yield await Promise.resolve([[made]])
      }
    } finally {
      stopped = true
    }
  }
  const reader = csvStream(['n'], pages()).getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('n\r\n')
  await reader.read()
  expect(made).toBeLessThan(5)
  await reader.cancel()
  expect(stopped).toBe(true)
})
