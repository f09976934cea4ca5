/** A file's history: its first steps, and where the file is now. */
import { ask } from '#lib/api/load.ts'
import type { Page } from '#lib/api/shapes.ts'
import { askDeleted, askSteps } from '#lib/history/history-api.ts'
import type { ViewEntry } from '@relpin/authority/contracts/collab.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, params, url, untrack, depends }) => {
  depends('relpin:file')
  const place = { app: params.app, fileId: params.file }
  const here = untrack(() => url)
  const [first, path] = await Promise.all([
    askSteps(place, null, fetch),
    pathOf(fetch, place, here),
  ])
  const former = path === null ? await formerPath(fetch, place) : null
  return { fileId: params.file, first, path, former }
}

/** `null` when main has no such file (any more), or when it cannot be known. */
async function pathOf(
  fetch: typeof globalThis.fetch,
  { app, fileId }: { readonly app: string; readonly fileId: string },
  url: URL,
): Promise<string | null> {
  const files = `/api/apps/${encodeURIComponent(app)}/files?limit=200`
  let cursor: string | null = null
  do {
    const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await ask<Page<ViewEntry>>(fetch, `${files}${more}`, url)
    if (!answer.ok) return null
    const found = answer.value.items.find((entry) => entry.fileId === fileId)
    if (found) return found.path
    cursor = answer.value.next
  } while (cursor !== null)
  return null
}

/** What a deleted file was called; `null` when that is not known. */
async function formerPath(
  fetch: typeof globalThis.fetch,
  { app, fileId }: { readonly app: string; readonly fileId: string },
): Promise<string | null> {
  const answer = await askDeleted(app, fetch)
  if (!answer.ok) return null
  return answer.value.items.find((file) => file.fileId === fileId)?.path ?? null
}
