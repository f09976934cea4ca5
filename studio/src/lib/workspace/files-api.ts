/** The HTTP commands on files, and how their verdicts are said to people. */
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import { call, type Answer } from '#lib/api/client.ts'
import { sayPending, sayProblem } from '#lib/ui/toast.ts'

const at = (app: string, path: string): string =>
  `/api/apps/${encodeURIComponent(app)}/files/${path.split('/').map(encodeURIComponent).join('/')}`

/** Where the browser can show or download the bytes of a file. */
export const rawUrl = at

/** A command of somebody who may write directly waits as well while they suggest. */
export type Manner = { readonly app: string; readonly suggest: boolean }

const manner = ({ suggest }: Manner): string => (suggest ? '?suggest=true' : '')

export async function createFile(how: Manner, path: string, text = ''): Promise<boolean> {
  const files = `/api/apps/${encodeURIComponent(how.app)}/files${manner(how)}`
  return told(await call<Verdict>(fetch, 'POST', files, { path, text }))
}

/** A folder moves with all that is in it. */
export async function renamePath(how: Manner, from: string, to: string): Promise<boolean> {
  return told(await call<Verdict>(fetch, 'PATCH', at(how.app, from) + manner(how), { to }))
}

/** A folder goes with all that is in it. */
export async function deletePath(how: Manner, path: string): Promise<boolean> {
  return told(await call<Verdict>(fetch, 'DELETE', at(how.app, path) + manner(how)))
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
