/** Finds the places that the update of a patch means in a text, line by line, and says in words when it cannot. */
import type { EditPlan } from './edit-to-transaction.ts'
import type { Chunk, PatchLine } from './patch-text.ts'
import { trim, type Replacement } from './replacement.ts'

/** Kept lines stay untouched, also where they were written with other spaces. Positions are in `text`. */
export function planPatch(text: string, chunks: readonly Chunk[]): EditPlan {
  const lines = splitLines(text)
  const replacements: Replacement[] = []
  let from = 0
  for (const chunk of chunks) {
    const old = chunk.lines.filter(({ mark }) => mark !== '+').map((line) => line.text)
    const headed = afterHeaders(lines, chunk, from)
    if (typeof headed === 'string') return { plan: 'impossible', why: headed }
    const start = old.length === 0 ? endOr(lines, chunk, headed) : place(lines, old, chunk, headed)
    if (typeof start === 'string') return { plan: 'impossible', why: start }
    replacements.push(...ofChunk(text, lines, start, chunk.lines))
    from = start + old.length
  }
  const real = replacements
    .map((replacement) => trim(text, replacement))
    .filter(({ remove, insert }) => remove > 0 || insert !== '')
  return real.length > 0
    ? { plan: 'replace', replacements: real }
    : { plan: 'impossible', why: 'It changes nothing.' }
}

type Line = { readonly at: number; readonly text: string }

function splitLines(text: string): readonly Line[] {
  const texts = text.split('\n')
  if (texts.at(-1) === '') texts.pop()
  let at = 0
  return texts.map((one) => {
    const line = { at, text: one }
    at += one.length + 1
    return line
  })
}

/** The line after the last header, or why there is none. */
function afterHeaders(lines: readonly Line[], { headers }: Chunk, from: number): number | string {
  let next = from
  for (const header of headers) {
    const [found] = matches(lines, [header], next)
    if (found === undefined)
      return `The line "${header}" behind @@ was not found${next > 0 ? ` after line ${next}` : ''}. Read the file again.`
    next = found + 1
  }
  return next
}

/** Where only lines are added: behind the header, or at the end of the file. */
function endOr(lines: readonly Line[], { headers, atEnd }: Chunk, headed: number): number {
  return headers.length > 0 && !atEnd ? headed : lines.length
}

function place(
  lines: readonly Line[],
  old: readonly string[],
  { headers, atEnd }: Chunk,
  from: number,
): number | string {
  const found = matches(lines, old, from)
  const [first] = atEnd ? found.slice(-1) : found
  if (first === undefined) {
    const [elsewhere] = matches(lines, old, 0)
    const where = elsewhere === undefined ? '' : ` It stands before, at line ${elsewhere + 1}.`
    return `These lines were not found${from > 0 ? ` after line ${from}` : ''}:\n${old.join('\n')}\n${where}Read the file again and copy them exactly.`
  }
  if (found.length > 1 && headers.length === 0 && !atEnd) {
    const at = found.slice(0, 8).map((line) => line + 1)
    return `These lines were found ${found.length} times, at lines ${at.join(', ')}. Name the function or class around them behind @@, or give more lines:\n${old.join('\n')}`
  }
  return first
}

/** How much alike two lines must be, from strict to lenient: models lose spaces and straighten quotes. */
const ALIKE: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(line.trim()),
]

function matches(lines: readonly Line[], wanted: readonly string[], from: number): number[] {
  for (const alike of ALIKE) {
    const all = lines.map((line) => alike(line.text))
    const block = wanted.map(alike)
    const found: number[] = []
    for (let at = from; at + block.length <= all.length; at++)
      if (block.every((line, row) => all[at + row] === line)) found.push(at)
    if (found.length > 0) return found
  }
  return []
}

function plain(line: string): string {
  return line
    .replaceAll(/[‘’‚‛]/g, "'")
    .replaceAll(/[“”„‟]/g, '"')
    .replaceAll(/[‐‑‒–—―−]/g, '-')
    .replaceAll('…', '...')
    .replaceAll('\u00a0', ' ')
}

/** Each run of removed and added lines as one replacement. */
function ofChunk(
  text: string,
  lines: readonly Line[],
  start: number,
  chunk: readonly PatchLine[],
): Replacement[] {
  const found: Replacement[] = []
  const startOf = (line: number): number => lines[line]?.at ?? text.length
  let line = start
  for (let next = 0; next < chunk.length;) {
    if (chunk[next]?.mark === ' ') {
      line += 1
      next += 1
      continue
    }
    const run = chunk.slice(next)
    const length = run.findIndex(({ mark }) => mark === ' ')
    const lost = (length < 0 ? run : run.slice(0, length)).filter(({ mark }) => mark === '-').length
    const added = (length < 0 ? run : run.slice(0, length)).filter(({ mark }) => mark === '+')
    const at = startOf(line)
    const remove = startOf(line + lost) - at
    const insert = added.map((one) => `${one.text}\n`).join('')
    // A last line without an end of its own gets one before others follow it.
    const unended = at === text.length && text !== '' && !text.endsWith('\n')
    found.push({
      at,
      remove,
      insert: unended && insert !== '' ? `\n${insert.slice(0, -1)}` : insert,
    })
    line += lost
    next += length < 0 ? run.length : length
  }
  return found
}
