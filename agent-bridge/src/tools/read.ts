/** read: the live text of a file with line numbers, or the entries of a folder. */
import type { ViewEntry, ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import { defineTool, type ToolContext, type ToolResult } from './tool.ts'
import { filePath, folderPath, shownPath } from './paths.ts'
import { cutLine, listEntries, viewRequest } from './view.ts'

const MAX_LINES = 2_000
/** Below the size at which OpenCode would move the rest into a file that no tool can reach. */
const MAX_BYTES = 48_000

export const readTool = defineTool({
  args: z.object({
    filePath: z.string(),
    // Models send 0 for "from the start" and for "no limit".
    offset: z.coerce.number().int().min(0).nullish(),
    limit: z.coerce.number().int().min(0).nullish(),
  }),
  title: (args, directory) => `Read ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const title = `Read ${shownPath(args.filePath, context.directory)}`
    const folder = folderPath(args.filePath, context.directory)
    if (!folder.ok) return { result: 'failed', title, why: folder.why }
    if (folder.path === '') return readFolder(context, '', title)
    const path = filePath(folder.path, context.directory)
    if (!path.ok) return { result: 'failed', title, why: path.why }
    const answer = await readView(context, path.path)
    if (!answer.ok) return { result: 'failed', title, why: answer.why }
    const { view } = answer
    if (view.found === 'nothing') return readFolder(context, path.path, title)
    if (view.found === 'denied') return refusedRead(path.path, view)
    if (view.found === 'binary') {
      const detail = `binary, ${view.size} bytes`
      return {
        result: 'done',
        title,
        detail,
        output: `${view.path} is a binary file of ${view.size} bytes. Its content cannot be read as text.`,
        outcome: null,
      }
    }
    const shown = numberedLines(view.text, args.offset || 1, args.limit || MAX_LINES)
    if (!shown.ok) return { result: 'failed', title, why: `${path.path}: ${shown.why}` }
    return {
      result: 'done',
      title,
      detail: shown.detail,
      output: `<path>${view.path}</path>\n<type>file</type>\n<content>\n${shown.output}\n</content>`,
      outcome: null,
    }
  },
})

type ViewAnswer =
  | { readonly ok: true; readonly view: ViewReadResponse }
  | { readonly ok: false; readonly why: string }

/** The current text as this session sees it; what is read, and not looked up for a change, the model has seen. */
export async function readView(
  context: ToolContext,
  path: string,
  purpose: 'read' | 'change' = 'read',
): Promise<ViewAnswer> {
  const answer = await context.collab.post<ViewReadResponse>(
    '/internal/view/read',
    { ...viewRequest(context), path, purpose },
    context.signal,
  )
  if (!answer.ok) return { ok: false, why: answer.problem.detail }
  const view = answer.value
  if (view.found === 'text' && purpose === 'read')
    context.seen.shown(view.fileId, Buffer.from(view.state, 'base64'))
  return { ok: true, view }
}

export function refusedRead(
  path: string,
  refusal: { readonly rule: string; readonly why: string },
): ToolResult {
  return {
    result: 'done',
    title: `Reading ${path} was refused`,
    detail: refusal.why,
    output: `denied by rule ${refusal.rule}: ${refusal.why} Do not retry.`,
    outcome: { kind: 'denied', rule: refusal.rule, why: refusal.why },
  }
}

function numberedLines(
  text: string,
  start: number,
  limit: number,
):
  | { readonly ok: true; readonly output: string; readonly detail: string }
  | { readonly ok: false; readonly why: string } {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const total = lines.length
  if (start > Math.max(total, 1))
    return { ok: false, why: `offset ${start} is beyond its end: it has ${total} lines.` }
  const numbered: string[] = []
  let bytes = 0
  for (const [index, line] of lines.slice(start - 1, start - 1 + limit).entries()) {
    const shown = `${start + index}: ${cutLine(line)}`
    bytes += Buffer.byteLength(shown) + 1
    if (bytes > MAX_BYTES) break
    numbered.push(shown)
  }
  const last = start - 1 + numbered.length
  const end =
    last >= total
      ? `(End of file - total ${total} lines)`
      : `(Showing lines ${start}-${last} of ${total}. Use offset=${last + 1} to continue.)`
  const detail = numbered.length === total ? `${total} lines` : `lines ${start}-${last} of ${total}`
  return { ok: true, output: [...numbered, '', end].join('\n'), detail }
}

async function readFolder(context: ToolContext, path: string, title: string): Promise<ToolResult> {
  const listed = await listEntries(context, path === '' ? undefined : `${path}/**`)
  if (!listed.ok) return { result: 'failed', title, why: listed.why }
  if (listed.entries.length === 0) {
    const why =
      path === ''
        ? 'The project has no files yet.'
        : `File not found: ${path}. Use glob or list to find the right path.`
    return { result: 'failed', title, why }
  }
  const names = childNames(listed.entries, path)
  return {
    result: 'done',
    title,
    detail: `${names.length} entries`,
    output: `<path>${path === '' ? '.' : path}</path>\n<type>directory</type>\n<entries>\n${names.join('\n')}\n\n(${names.length} entries)\n</entries>`,
    outcome: null,
  }
}

function childNames(entries: readonly ViewEntry[], folder: string): string[] {
  const skip = folder === '' ? 0 : folder.length + 1
  const names = entries.map((entry) => {
    const [first = '', ...rest] = entry.path.slice(skip).split('/')
    return rest.length > 0 ? `${first}/` : first
  })
  return [...new Set(names)].sort()
}
