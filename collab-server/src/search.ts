/** Patterns are somebody's program: they run in a thread of their own, which is ended when one takes too long. */
import type { GrepMatch } from '@relpin/authority/contracts/collab.ts'
import { Worker } from 'node:worker_threads'

const TIME_LIMIT_MS = 2_000

/** What the thread is asked; the answer to `glob` is `string[]`, to `grep` it is `Grepped`. */
export type SearchTask =
  | { readonly kind: 'glob'; readonly glob: string; readonly paths: readonly string[] }
  | {
      readonly kind: 'grep'
      readonly pattern: string
      readonly files: readonly { readonly path: string; readonly text: string }[]
      readonly limit: number
    }
export type Grepped = { readonly matches: readonly GrepMatch[]; readonly truncated: boolean }

/** The pattern needs more time than anybody's typing can wait for. */
export class PatternTooSlow extends Error {}

/** Those of the paths that match. Throws `PatternTooSlow`. */
export async function matchPaths(
  glob: string,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set((await inThread({ kind: 'glob', glob, paths })) as readonly string[])
}

/** Lines that match. Throws a `SyntaxError` for a pattern that is no regular expression, and `PatternTooSlow`. */
export async function grepFiles(task: Extract<SearchTask, { kind: 'grep' }>): Promise<Grepped> {
  // Compiling is quick; only matching can take for ever.
  new RegExp(task.pattern)
  return (await inThread(task)) as Grepped
}

async function inThread(task: SearchTask): Promise<unknown> {
  const thread = new Worker(new URL('./search-thread.ts', import.meta.url), { workerData: task })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new PatternTooSlow(`a ${task.kind} took more than ${TIME_LIMIT_MS} ms`))
      }, TIME_LIMIT_MS)
      thread.once('message', resolve)
      thread.once('error', reject)
    })
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}
