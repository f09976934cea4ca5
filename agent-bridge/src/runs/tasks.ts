/** What people may run: the scripts of their package.json, and installs. Never a command of their own. */
import type { RunPanel, RunTask } from '@relpin/authority/contracts/runs.ts'
import { z } from 'zod'

/** A package's name, with a version, tag or range that is no address: nothing is fetched from elsewhere. */
const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:@[\w.^~<>=*-]+)?$/

export const taskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('script'), name: z.string().min(1).max(200) }),
  z.object({
    kind: z.literal('install'),
    packages: z
      .array(z.string().max(214).regex(PACKAGE, 'Name packages such as vite or vite@8.'))
      .max(20)
      .default([]),
  }),
])

const manifest = z.looseObject({ scripts: z.record(z.string(), z.string()).optional() })

/** The scripts of a package.json, in its order; none where it cannot be read as one. */
export function scriptsOf(text: string | null): RunPanel['scripts'] {
  try {
    const { scripts = {} } = manifest.parse(JSON.parse(text ?? '{}'))
    return Object.entries(scripts).map(([name, command]) => ({ name, command }))
  } catch {
    return []
  }
}

export function argvOf(task: RunTask): [string, ...string[]] {
  return task.kind === 'script'
    ? ['npm', 'run', '--', task.name]
    : ['npm', 'install', '--', ...task.packages]
}

export function taskInWords(task: RunTask): string {
  return task.kind === 'script'
    ? `npm run ${task.name}`
    : ['npm install', ...task.packages].join(' ')
}
