/** The one rule for what a workspace path may look like; imports, commands and tools all ask it. */

type PathProblem = { readonly path: string; readonly why: string }

const MAX_PATH = 400
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const FORBIDDEN = /[\u0000-\u001f\u007f\\:*?"<>|]/

/** `null` when `path` is a clean relative path with `/` between names; otherwise what is wrong with it. */
export function pathProblem(path: string): PathProblem | null {
  const problem = (why: string): PathProblem => ({ path, why })
  if (path.length === 0) return problem('A path cannot be empty.')
  if (path.length > MAX_PATH) return problem(`A path cannot be longer than ${MAX_PATH} characters.`)
  if (path.startsWith('/')) return problem('A path must be relative; this one starts with "/".')
  if (FORBIDDEN.test(path))
    return problem('A path cannot contain control characters or \\ : * ? " < > |.')
  if (path.normalize('NFC') !== path) return problem('A path must be in Unicode normal form C.')
  for (const name of path.split('/')) {
    if (name === '') return problem('A path cannot contain an empty name.')
    if (name === '.' || name === '..') return problem('A path cannot contain "." or "..".')
    if (name === '.git') return problem('A path cannot lie in ".git".')
    if (/[. ]$/.test(name)) return problem('A name cannot end with a dot or a space.')
  }
  return null
}
