/** Reads the text of a patch as models write it: sections that add, update, move and delete files, in one envelope. */

/** Lines of an update in their order: kept (a space), removed (`-`) or added (`+`). */
export type PatchLine = { readonly mark: ' ' | '-' | '+'; readonly text: string }
export type Chunk = {
  /** What stands behind `@@`: lines to find first, each after the one before. */
  readonly headers: readonly string[]
  readonly lines: readonly PatchLine[]
  /** It ends where the file does. */
  readonly atEnd: boolean
}
export type Section =
  | { readonly action: 'add'; readonly path: string; readonly text: string }
  | { readonly action: 'delete'; readonly path: string }
  | {
      readonly action: 'update'
      readonly path: string
      readonly moveTo: string | null
      readonly chunks: readonly Chunk[]
    }
type PatchReading =
  | { readonly ok: true; readonly sections: readonly Section[] }
  /** A sentence that the model can act on. */
  | { readonly ok: false; readonly why: string }

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const HEADER = /^\*\*\* (Add|Delete|Update) File: (.+)$/

export function readPatch(given: string): PatchReading {
  const lines = given.replaceAll(/\r\n?/g, '\n').toWellFormed().trim().split('\n')
  const begin = lines.findIndex((line) => line.trim() === BEGIN)
  const end = lines.findLastIndex((line) => line.trim() === END)
  if (begin < 0 || end <= begin)
    return wrong(`A patch starts with the line "${BEGIN}" and ends with "${END}".`)
  const body = lines.slice(begin + 1, end)
  const sections: Section[] = []
  for (let at = 0; at < body.length;) {
    const line = body[at] ?? ''
    const header = HEADER.exec(line.trimEnd())
    if (!header) {
      if (line.trim() === '') {
        at += 1
        continue
      }
      return wrong(
        `"${line}" is no header: write *** Add File, *** Update File or *** Delete File.`,
      )
    }
    const next = body.findIndex((one, index) => index > at && HEADER.test(one.trimEnd()))
    const until = next < 0 ? body.length : next
    const read = readSection(header[1] ?? '', (header[2] ?? '').trim(), body.slice(at + 1, until))
    if (!read.ok) return read
    sections.push(read.section)
    at = until
  }
  return sections.length > 0 ? { ok: true, sections } : wrong('The patch has no file in it.')
}

type SectionReading =
  { readonly ok: true; readonly section: Section } | { readonly ok: false; readonly why: string }

function readSection(action: string, path: string, lines: readonly string[]): SectionReading {
  if (action === 'Delete') {
    const more = lines.find((line) => line.trim() !== '')
    if (more !== undefined) return wrong(`Nothing follows *** Delete File: ${path}.`)
    return { ok: true, section: { action: 'delete', path } }
  }
  if (action === 'Add') {
    const stray = lines.find((line) => !line.startsWith('+') && line !== '')
    if (stray !== undefined)
      return wrong(
        `Every line of the new file ${path} starts with "+"; this one does not: ${stray}`,
      )
    const text = lines.filter((line) => line !== '').map((line) => `${line.slice(1)}\n`)
    return { ok: true, section: { action: 'add', path, text: text.join('') } }
  }
  const moved = /^\*\*\* Move to: (.+)$/.exec(lines[0]?.trimEnd() ?? '')
  const chunks = readChunks(path, moved ? lines.slice(1) : lines)
  if (!chunks.ok) return chunks
  const moveTo = moved?.[1]?.trim() ?? null
  if (chunks.chunks.length === 0 && moveTo === null)
    return wrong(`The update of ${path} changes nothing.`)
  return { ok: true, section: { action: 'update', path, moveTo, chunks: chunks.chunks } }
}

type ChunkReading =
  | { readonly ok: true; readonly chunks: readonly Chunk[] }
  | { readonly ok: false; readonly why: string }

function readChunks(path: string, lines: readonly string[]): ChunkReading {
  const chunks: { headers: string[]; lines: PatchLine[]; atEnd: boolean }[] = []
  const open = () => {
    const last = chunks.at(-1)
    if (last) return last
    chunks.push({ headers: [], lines: [], atEnd: false })
    return chunks.at(-1)
  }
  for (const [index, line] of lines.entries()) {
    const last = chunks.at(-1)
    if (line.startsWith('@@')) {
      const header = line
        .slice(2)
        .replace(/@@\s*$/, '')
        .trim()
      // Ranges as of a unified diff say nothing here: texts move while they are written.
      const headers = header === '' || /^-\d+(,\d+)? \+\d+/.test(header) ? [] : [header]
      if (last && last.lines.length === 0) last.headers.push(...headers)
      else chunks.push({ headers, lines: [], atEnd: false })
    } else if (line.trimEnd() === '*** End of File') {
      if (last) last.atEnd = true
    } else if (line.startsWith(' ') || line.startsWith('-') || line.startsWith('+')) {
      open()?.lines.push({ mark: line[0] as PatchLine['mark'], text: line.slice(1) })
    } else if (line === '') {
      // An empty line whose space was lost; at the end it only sets sections apart.
      const more = lines.slice(index).some((one) => one.trim() !== '')
      if (more) open()?.lines.push({ mark: ' ', text: '' })
    } else {
      return wrong(
        `In the update of ${path}, a line starts with none of " ", "-", "+", "@@": ${line}`,
      )
    }
  }
  return { ok: true, chunks: chunks.filter((chunk) => chunk.lines.length > 0) }
}

function wrong(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why }
}
