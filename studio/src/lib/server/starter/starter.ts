/** The built-in starter: a small TypeScript and Vite app whose files lie beside this one and are built in as text. */
import type { ImportPlan } from '#lib/server/archives/plan-import.ts'

const FILES: Readonly<Record<string, string>> = import.meta.glob('./files/**/*', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** The starter as if it had been uploaded. */
export function starterPlan(): ImportPlan {
  const files = Object.entries(FILES)
    .map(([file, text]) => ({
      // Under its own name a build would pass it over, and it would rule this repository.
      path: file.replace('./files/', '').replace('_gitignore', '.gitignore'),
      content: { kind: 'text', text } as const,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return { files, leftOut: [], skipped: 0 }
}
