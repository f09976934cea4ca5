/** Patterns are somebody's program: they run in a thread of their own, which is ended when one takes too long. */
import type { GrepMatch } from '@relpin/authority/contracts/collab.ts'
import { once } from 'node:events'
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

/** A thread takes some 50 ms to start, so the last one that is done waits for the next search. */
let waiting: Worker | null = null

async function inThread(task: SearchTask): Promise<unknown> {
  const thread = takeWaiting() ?? (await newThread())
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const timer = setTimeout(() => {
    reject(new PatternTooSlow(`a ${task.kind} took more than ${TIME_LIMIT_MS} ms`))
  }, TIME_LIMIT_MS)
  thread.once('message', resolve)
  thread.once('error', reject)
  try {
    thread.postMessage(task)
    const found = await promise
    if (waiting === null) waiting = thread
    else await thread.terminate()
    return found
  } catch (error) {
    await thread.terminate()
    throw error
  } finally {
    clearTimeout(timer)
    thread.off('error', reject)
  }
}

function takeWaiting(): Worker | null {
  const thread = waiting
  waiting = null
  return thread
}

/** Its start, which a busy machine makes long, is not the pattern's fault. */
async function newThread(): Promise<Worker> {
  const thread = new Worker(new URL('./search-thread.ts', import.meta.url))
  // One that waits keeps no process alive, and one that dies while it waits is not used again.
  thread.unref()
  thread.on('error', () => undefined)
  thread.once('exit', () => {
    if (waiting === thread) waiting = null
  })
  await once(thread, 'online')
  return thread
}
