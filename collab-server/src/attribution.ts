/** Which actor a Yjs client id belongs to: whoever used it first in a file or a branch of it, for ever. */
import type { Member } from '@relpin/authority/actors.ts'
import { FIRST_PLATFORM_CLIENT } from '@relpin/authority/generations.ts'
import type { Author } from '@relpin/db/update-log.ts'
import type { IdRange } from './effective-change.ts'

export type Bindings = Map<number, Author>

/** What log rows and bindings say of an actor. */
export function authorOf(
  actor: Member,
  patchId: string | null = null,
  approverId: string | null = null,
): Author {
  return {
    memberId: actor.memberId,
    sessionId: actor.kind === 'agent' ? actor.sessionId : null,
    patchId,
    approverId,
  }
}

/** The client ids that an update uses for the first time, or the one that belongs to somebody else. */
export function claimClientIds(
  bindings: Bindings,
  inserted: readonly IdRange[],
  author: Author,
):
  | { readonly ok: true; readonly fresh: readonly number[] }
  | { readonly ok: false; readonly clientId: number } {
  const fresh = new Set<number>()
  for (const { client } of inserted) {
    const owner = bindings.get(client)
    if (client >= FIRST_PLATFORM_CLIENT) return { ok: false, clientId: client }
    if (!owner) fresh.add(client)
    else if (
      owner.memberId !== author.memberId ||
      owner.sessionId !== author.sessionId ||
      owner.approverId !== author.approverId
    ) {
      return { ok: false, clientId: client }
    }
  }
  return { ok: true, fresh: [...fresh] }
}
