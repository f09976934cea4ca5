/** The working folder of a shell capsule, from outside: put files in, list what is there, take files out. */
import type { Readable } from 'node:stream'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import { CapsuleError, type Capsule } from '../capsules/driver.ts'
import { run } from '../capsules/run.ts'
import { TAR_END, tarHeader, tarPadding } from '../releases/tar.ts'

/** What is in the folder under one path. Links, pipes and devices are `other`: they never come back. */
export type Listed = {
  readonly kind: 'file' | 'other'
  readonly size: number
  /** Changes whenever the file does; a command cannot set it back. */
  readonly stamp: string
}
export type Listing = {
  readonly files: ReadonlyMap<string, Listed>
  /** Entries whose names no project file can have; said so, and left. */
  readonly unnameable: number
}

/** Folders that packages and builds fill: never looked into, never brought back. */
const NEVER = ['node_modules', '.git']
const LIST_BYTES = 16 * 1024 * 1024
const STEP_MS = 60_000
/** Arguments of one command together. */
const ARGUMENT_BYTES = 96 * 1024

export async function putFiles(
  capsule: Capsule,
  files: AsyncIterable<{ readonly path: string; readonly bytes: Buffer }>,
): Promise<void> {
  const tar = capsule.exec(['tar', '-x', '-f', '-', '--unlink-first', '--recursive-unlink'], {
    stdin: 'open',
    timeoutMs: STEP_MS,
    outputBytes: 64 * 1024,
  })
  tar.stdin.on('error', () => undefined)
  const said = collect(tar.output)
  for await (const { path, bytes } of files) {
    const entry = [tarHeader({ path, size: bytes.length }), bytes, tarPadding(bytes.length)]
    if (!tar.stdin.write(Buffer.concat(entry))) await drained(tar.stdin as unknown as Readable, tar)
  }
  tar.stdin.end(TAR_END)
  const exit = await tar.exit
  if (exit.code !== 0) {
    throw new CapsuleError(
      `The project could not be copied for the command. ${(await said).slice(0, 300)}`,
    )
  }
}

/** Takes paths away; what is not there is no mistake. */
export async function removePaths(capsule: Capsule, paths: readonly string[]): Promise<void> {
  for (const group of groups(paths)) {
    await must(capsule, ['rm', '-rf', '--', ...group.map((path) => `./${path}`)])
  }
}

export async function listFiles(capsule: Capsule): Promise<Listing> {
  const never = NEVER.flatMap((name, at) => [...(at === 0 ? [] : ['-o']), '-name', name])
  const { stdout } = await must(
    capsule,
    [
      'find',
      '.',
      '-mindepth',
      '1',
      '(',
      '-type',
      'd',
      '(',
      ...never,
      ')',
      '-prune',
      ')',
      '-o',
      '-not',
      '-type',
      'd',
      '-printf',
      String.raw`%y\t%s\t%C@\t%T@\t%i\t%P\0`,
    ],
    LIST_BYTES,
  )
  const files = new Map<string, Listed>()
  let unnameable = 0
  for (const record of splitAt(stdout, 0)) {
    const text = record.toString('utf8')
    const [type = '', size = '', changed = '', written = '', inode = '', ...rest] = text.split('\t')
    const path = rest.join('\t')
    if (!Buffer.from(text, 'utf8').equals(record) || pathProblem(path)) {
      unnameable++
      continue
    }
    files.set(path, {
      kind: type === 'f' ? 'file' : 'other',
      size: Number(size),
      stamp: `${type}:${size}:${changed}:${written}:${inode}`,
    })
  }
  return { files, unnameable }
}

/** The bytes of files, in the order of `wanted`. Throws a `CapsuleError` when they change while they are read. */
export async function takeFiles(
  capsule: Capsule,
  wanted: readonly { readonly path: string; readonly size: number }[],
): Promise<Buffer[]> {
  const taken: Buffer[] = []
  for (const group of groups(wanted.map(({ path }) => path))) {
    const sizes = wanted.slice(taken.length, taken.length + group.length).map(({ size }) => size)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const { stdout } = await must(
      capsule,
      ['cat', '--', ...group.map((path) => `./${path}`)],
      total + 1,
    )
    if (stdout.length !== total) {
      throw new CapsuleError('Something still writes to the files that the command changed.')
    }
    let at = 0
    for (const size of sizes) taken.push(stdout.subarray(at, (at += size)))
  }
  return taken
}

async function must(
  capsule: Capsule,
  argv: readonly [string, ...string[]],
  outputBytes = 64 * 1024,
): Promise<{ readonly stdout: Buffer }> {
  const { exit, stdout, stderr } = await run(capsule, argv, { timeoutMs: STEP_MS, outputBytes })
  if (exit.code === 0) return { stdout }
  const said = stderr.toString('utf8').slice(0, 300)
  const why =
    exit.why === 'output'
      ? 'There are too many files, or they are too large.'
      : exit.why === 'lost'
        ? 'The capsule ended.'
        : said
  throw new CapsuleError(`What the command left could not be looked at. ${why}`)
}

async function collect(output: AsyncIterable<{ readonly bytes: Buffer }>): Promise<string> {
  let text = ''
  for await (const { bytes } of output) text += bytes.toString('utf8')
  return text
}

function drained(stream: Readable, tar: { readonly exit: Promise<unknown> }): Promise<unknown> {
  return Promise.race([new Promise((resolve) => stream.once('drain', resolve)), tar.exit])
}

function* groups(paths: readonly string[]): Generator<string[]> {
  let group: string[] = []
  let bytes = 0
  for (const path of paths) {
    if (bytes + path.length * 4 > ARGUMENT_BYTES && group.length > 0) {
      yield group
      group = []
      bytes = 0
    }
    group.push(path)
    bytes += path.length * 4 + 3
  }
  if (group.length > 0) yield group
}

function* splitAt(bytes: Buffer, separator: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(separator, from)
    if (to < 0) return
    yield bytes.subarray(from, to)
    from = to + 1
  }
}
