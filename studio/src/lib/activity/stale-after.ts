/** Which parts of a page an event makes stale, by the names that `load` functions depend on. */
import type { AuditEvent } from './audit-event.ts'

const STALE: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(patch\.|file\.(queue|revert)|opencode\.(queue|approve|accept|reject|withdraw))/,
    ['patches', 'app'],
  ],
  [/^release\.pin/, ['releases']],
  [/^member\./, ['members', 'me']],
  [/^role\./, ['roles', 'me']],
  [/^app\.(create|import|rename|archive|delete)/, ['apps', 'app']],
  [/^credential\./, ['providers']],
]
const APP_PARTS = new Set(['patches', 'app', 'releases'])

/** Names for `invalidate`; an event of another app leaves this one's lists alone. */
export function staleAfter(event: AuditEvent, appId: string | undefined): readonly string[] {
  return STALE.filter(([pattern]) => pattern.test(event.action))
    .flatMap(([, names]) => names)
    .filter((name) => !APP_PARTS.has(name) || event.app?.id === appId)
    .map((name) => `relpin:${name}`)
}
