/** Reloads the parts of a page that events made stale, so that lists change when the organization does. */
import { invalidate } from '$app/navigation'
import type { AuditFeed } from './feed.ts'
import { staleAfter } from './stale-after.ts'

/** A burst of events reloads what it made stale once. */
const GATHER_MS = 400

/** Follows the feed until the returned function is called. */
export function keepFresh(feed: AuditFeed, appId: () => string | undefined): () => void {
  const stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = (): void => {
    timer = undefined
    const names = [...stale]
    stale.clear()
    void Promise.all(names.map((name) => invalidate(name, true)))
  }
  const stop = feed.hear((event) => {
    for (const name of staleAfter(event, appId())) stale.add(name)
    if (stale.size > 0) timer ??= setTimeout(flush, GATHER_MS)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}
