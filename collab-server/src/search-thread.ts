/** The thread in which searches run, one at a time; see `search.ts`. */
import type { GrepMatch } from '@relpin/authority/contracts/collab.ts'
import { parentPort } from 'node:worker_threads'
import picomatch from 'picomatch'
import type { Grepped, SearchTask } from './search.ts'

const LONGEST_LINE = 400

function grep({ pattern, files, limit }: Extract<SearchTask, { kind: 'grep' }>): Grepped {
  const expression = new RegExp(pattern)
  const matches: GrepMatch[] = []
  for (const { path, text } of files) {
    for (const [index, line] of text.split('\n').entries()) {
      if (!expression.test(line)) continue
      if (matches.length >= limit) return { matches, truncated: true }
      const shown = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line
      matches.push({ path, line: index + 1, text: shown })
    }
  }
  return { matches, truncated: false }
}

function glob({ glob: pattern, paths }: Extract<SearchTask, { kind: 'glob' }>): readonly string[] {
  const matches = picomatch(pattern, { dot: true })
  return paths.filter((path) => matches(path))
}

parentPort?.on('message', (task: SearchTask) => {
  parentPort?.postMessage(task.kind === 'glob' ? glob(task) : grep(task))
})
