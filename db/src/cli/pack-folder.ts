/** Packs a project's folder for an import: what git would keep, without what is made again and without secrets. */
import { spawn } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { pack } from 'tar-stream'
import { PlainError } from '../plain-error.ts'

const MAX_FILES = 10_000
const MAX_BYTES = 100 * 1024 * 1024
/** Without it, a project whose files all lie in `src/` would lose that folder. */
const TOP = 'project'
/** Never part of a project's sources; other build output is what .gitignore says. */
const SKIPPED = new Set(['node_modules', '.git', '.hg', '.svn', '.DS_Store', '.svelte-kit'])

type PackedFolder = {
  /** A `.tar.gz` in which all lies in one folder, which an import takes off again. */
  readonly archive: Buffer<ArrayBuffer>
  readonly files: number
  readonly bytes: number
  /** Left on this machine: paths of class secret. */
  readonly secrets: readonly string[]
}

/** Throws `PlainError` for what an import refuses: links, more than 10,000 files, more than 100 MB. */
export async function packFolder(folder: string): Promise<PackedFolder> {
  const found = await walk(folder)
  const ignored = await ignoredByGit(
    folder,
    found.map(({ path }) => path),
  )
  // Named even where git ignores them: who imports wants to know what the app will lack.
  const secrets = found.map(({ path }) => path).filter((path) => classifyPath(path) === 'secret')
  const kept = found.filter(
    ({ path }) => !ignored.has(path) && !isMadeAgain(path) && classifyPath(path) !== 'secret',
  )
  const link = kept.find(({ kind }) => kind === 'link')
  if (link) {
    throw new PlainError(
      `${link.path} is a symbolic link. Put the file itself in its place, or remove it, then import again.`,
    )
  }
  const paths = kept.map(({ path }) => path)
  if (paths.length === 0) throw new PlainError(`There is nothing to import in ${folder}.`)
  if (paths.length > MAX_FILES) {
    throw new PlainError(
      `${folder} holds ${paths.length} files, and an import takes at most ${MAX_FILES}. Name what is not source in its .gitignore.`,
    )
  }
  const tar = pack()
  const packed = buffer(tar.pipe(createGzip()))
  let bytes = 0
  for (const path of paths) {
    const content = await readFile(join(folder, path))
    bytes += content.length
    if (bytes > MAX_BYTES) {
      throw new PlainError(
        `${folder} holds more than 100 MB. Name what is not source in its .gitignore, then import again.`,
      )
    }
    tar.entry({ name: `${TOP}/${path}`, mode: 0o644, mtime: new Date(0) }, content)
  }
  tar.finalize()
  return { archive: (await packed) as Buffer<ArrayBuffer>, files: paths.length, bytes, secrets }
}

type Found = { readonly path: string; readonly kind: 'file' | 'link' }

/** Paths with `/`, sorted. A symbolic link is never followed: it could lead out of the folder. */
async function walk(folder: string, below = ''): Promise<Found[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const found: Found[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (SKIPPED.has(entry.name)) continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await walk(folder, path)))
    else if (entry.isSymbolicLink()) found.push({ path, kind: 'link' })
    else if (entry.isFile()) found.push({ path, kind: 'file' })
  }
  return found
}

/** Build output that nobody listed in a .gitignore. */
function isMadeAgain(path: string): boolean {
  return classifyPath(path) === 'generated'
}

/** What the repository around the folder ignores; nothing where there is no git or no repository. */
async function ignoredByGit(folder: string, paths: readonly string[]): Promise<Set<string>> {
  const git = spawn('git', ['check-ignore', '-z', '--stdin'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const answered = buffer(git.stdout)
  const missing = new Promise<Buffer>((resolve) => {
    git.once('error', () => {
      resolve(Buffer.alloc(0))
    })
  })
  await pipeline([paths.map((path) => `${path}\0`).join('')], git.stdin).catch(() => undefined)
  const answer = await Promise.race([answered, missing])
  return new Set(answer.toString().split('\0').filter(Boolean))
}
