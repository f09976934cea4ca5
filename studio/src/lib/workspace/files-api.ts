/** The HTTP commands on files, and how their verdicts are said to people. */
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import { call, type Answer } from '#lib/api/client.ts'
import { sayPending, sayProblem } from '#lib/ui/toast.ts'

const at = (app: string, path: string): string =>
  `/api/apps/${encodeURIComponent(app)}/files/${path.split('/').map(encodeURIComponent).join('/')}`

/** Where the browser can show or download the bytes of a file. */
export const rawUrl = at

export async function createFile(app: string, path: string, text = ''): Promise<boolean> {
  const files = `/api/apps/${encodeURIComponent(app)}/files`
  return told(await call<Verdict>(fetch, 'POST', files, { path, text }))
}

/** A folder moves with all that is in it. */
export async function renamePath(app: string, from: string, to: string): Promise<boolean> {
  return told(await call<Verdict>(fetch, 'PATCH', at(app, from), { to }))
}

/** A folder goes with all that is in it. */
export async function deletePath(app: string, path: string): Promise<boolean> {
  return told(await call<Verdict>(fetch, 'DELETE', at(app, path)))
}

/** The text of a file in main, or `null` when it cannot be had. */
export async function readText(app: string, path: string): Promise<string | null> {
  const response = await fetch(at(app, path)).catch(() => null)
  return response?.ok ? response.text() : null
}

/** Shows what waits or was refused. True when the command went through, now or into a patch. */
function told(answer: Answer<Verdict>): boolean {
  if (!answer.ok) {
    sayProblem(answer.problem)
    return false
  }
  const verdict = answer.value
  if (verdict.verdict === 'queued') {
    sayPending(`Waits for approval as patch ${verdict.patch}`, verdict.why)
  }
  return true
}
