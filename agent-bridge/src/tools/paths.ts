/** From what a model calls a file to its path in the workspace. */
import { pathProblem } from '@relpin/authority/workspace-path.ts'

type ToolPath =
  { readonly ok: true; readonly path: string } | { readonly ok: false; readonly why: string }

/** Accepts `src/a.ts`, `./src/a.ts` and `<working directory>/src/a.ts`. `directory` has no trailing slash. */
export function filePath(given: string, directory: string): ToolPath {
  const path = relative(given, directory)
  const wrong = pathProblem(path)
  return wrong
    ? { ok: false, why: `"${given}" is not a path in this project. ${wrong.why}` }
    : { ok: true, path }
}

/** As `filePath`, but the whole project is a folder too: the empty path. */
export function folderPath(given: string | undefined, directory: string): ToolPath {
  const path = relative(given ?? '', directory).replace(/\/+$/, '')
  return path === '' || path === '.' ? { ok: true, path: '' } : filePath(path, directory)
}

/** For titles: never fails. */
export function shownPath(given: string | undefined, directory: string): string {
  const path = relative(given ?? '', directory)
  return path === '' || path === '.' ? 'the project' : path
}

function relative(given: string, directory: string): string {
  const path = given.trim()
  if (path === directory) return ''
  const inside = path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
  return inside.replace(/^(\.\/+)+/, '')
}
