/** glob, grep and list: finding one's way in the live project. */
import type { GrepMatch, ViewGrepRequest } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import { folderPath, shownPath } from './paths.ts'
import { defineTool } from './tool.ts'
import { cutLine, globIn, listEntries, plural, viewRequest } from './view.ts'

const MAX_PATHS = 200
const MAX_MATCHES = 100
const MAX_TREE = 500

export const globTool = defineTool({
  args: z.object({ pattern: z.string().min(1), path: z.string().optional() }),
  title: (args) => `Found files like ${args.pattern}`,
  run: async (context, args) => {
    const title = `Found files like ${args.pattern}`
    const folder = folderPath(args.path, context.directory)
    if (!folder.ok) return { result: 'failed', title, why: folder.why }
    const pattern = args.pattern.startsWith(`${context.directory}/`)
      ? args.pattern.slice(context.directory.length + 1)
      : args.pattern
    const listed = await listEntries(context, globIn(folder.path, pattern))
    if (!listed.ok) return { result: 'failed', title, why: listed.why }
    const paths = listed.entries.map((entry) => entry.path)
    const rest = paths.length - MAX_PATHS
    const output =
      paths.length === 0
        ? 'No files found'
        : paths.slice(0, MAX_PATHS).join('\n') +
          (rest > 0 ? `\n\n(${rest} more. Use a narrower pattern.)` : '')
    return { result: 'done', title, detail: plural(paths.length, 'file'), output, outcome: null }
  },
})

export const grepTool = defineTool({
  args: z.object({
    pattern: z.string().min(1),
    path: z.string().optional(),
    include: z.string().optional(),
  }),
  title: (args) => `Searched for ${JSON.stringify(args.pattern)}`,
  run: async (context, args) => {
    const title = `Searched for ${JSON.stringify(args.pattern)}`
    const folder = folderPath(args.path, context.directory)
    if (!folder.ok) return { result: 'failed', title, why: folder.why }
    if (!isRegExp(args.pattern)) {
      return {
        result: 'failed',
        title,
        why: `${JSON.stringify(args.pattern)} is not a regular expression. Escape its special characters.`,
      }
    }
    const answer = await context.collab.post<{ matches: GrepMatch[]; truncated: boolean }>(
      '/internal/view/grep',
      {
        ...viewRequest(context),
        pattern: args.pattern,
        include: await include(context, folder.path, args.include),
        limit: MAX_MATCHES,
      } satisfies ViewGrepRequest,
      context.signal,
    )
    if (!answer.ok) return { result: 'failed', title, why: answer.problem.detail }
    const { matches, truncated } = answer.value
    const files = new Set(matches.map((match) => match.path)).size
    return {
      result: 'done',
      title,
      detail: `${plural(matches.length, 'match', 'matches')} in ${plural(files, 'file')}`,
      output: grepOutput(matches, truncated),
      outcome: null,
    }
  },
})

export const listTool = defineTool({
  args: z.object({ path: z.string().optional(), ignore: z.array(z.string()).optional() }),
  title: (args, directory) => `Listed ${shownPath(args.path, directory)}`,
  run: async (context, args) => {
    const title = `Listed ${shownPath(args.path, context.directory)}`
    const folder = folderPath(args.path, context.directory)
    if (!folder.ok) return { result: 'failed', title, why: folder.why }
    const listed = await listEntries(context, folder.path === '' ? undefined : `${folder.path}/**`)
    if (!listed.ok) return { result: 'failed', title, why: listed.why }
    const ignored = new Set<string>()
    for (const pattern of args.ignore ?? []) {
      const out = await listEntries(context, globIn(folder.path, pattern))
      if (out.ok) for (const entry of out.entries) ignored.add(entry.path)
    }
    const paths = listed.entries.map((entry) => entry.path).filter((path) => !ignored.has(path))
    if (paths.length === 0 && folder.path !== '') {
      return {
        result: 'failed',
        title,
        why: `There is no folder ${folder.path}. Use list without a path.`,
      }
    }
    const rest = paths.length - MAX_TREE
    const output =
      tree(paths.slice(0, MAX_TREE)) + (rest > 0 ? `\n\n(${rest} more files. Name a folder.)` : '')
    return { result: 'done', title, detail: plural(paths.length, 'file'), output, outcome: null }
  },
})

/** A folder narrows a search to what lies below it; a single file may be named in its place. */
async function include(
  context: Parameters<typeof listEntries>[0],
  folder: string,
  pattern: string | undefined,
): Promise<string | undefined> {
  if (folder === '') return pattern === undefined ? undefined : globIn('', pattern)
  const inside = globIn(folder, pattern ?? '**')
  if (pattern !== undefined) return inside
  const listed = await listEntries(context, inside)
  return listed.ok && listed.entries.length === 0 ? folder : inside
}

function grepOutput(matches: readonly GrepMatch[], truncated: boolean): string {
  if (matches.length === 0) return 'No files found'
  const lines = [`Found ${matches.length}${truncated ? ' or more' : ''} matches`]
  let path = ''
  for (const match of matches) {
    if (match.path !== path) lines.push('', `${match.path}:`)
    path = match.path
    lines.push(`  Line ${match.line}: ${cutLine(match.text)}`)
  }
  if (truncated) lines.push('', '(Results are truncated. Use a narrower pattern or path.)')
  return lines.join('\n')
}

/** Paths as an indented tree, folders with a trailing slash. */
function tree(paths: readonly string[]): string {
  const lines: string[] = []
  let open: readonly string[] = []
  for (const path of paths) {
    const names = path.split('/')
    const folders = names.slice(0, -1)
    let same = 0
    while (same < folders.length && folders[same] === open[same]) same++
    for (let depth = same; depth < folders.length; depth++) {
      lines.push(`${'  '.repeat(depth)}${folders[depth]}/`)
    }
    lines.push(`${'  '.repeat(folders.length)}${names.at(-1)}`)
    open = folders
  }
  return lines.length === 0 ? '(no files yet)' : lines.join('\n')
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern)
    return true
  } catch {
    return false
  }
}
