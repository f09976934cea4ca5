/** Which actor a Yjs client id belongs to: whoever used it first in a file or a branch of it, for ever. */
import type { Member } from '@relpin/authority/actors.ts'
import { FIRST_PLATFORM_CLIENT } from '@relpin/authority/generations.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { isSameHand } from '@relpin/db/client-bindings.ts'
import type { Author, UpdateLog } from '@relpin/db/update-log.ts'
import type { IdRange } from './effective-change.ts'
import type { LiveDocument } from './live-documents.ts'
import { log } from './log.ts'

export type Bindings = Map<number, Author>

/** The client ids of an update: those that its document has not seen before, and those that are its author's already. */
export type Clients = { readonly fresh: readonly number[]; readonly known: readonly number[] }

export const NO_CLIENTS: Clients = { fresh: [], known: [] }

/** To whomever sent it. */
export const FOREIGN = {
  rule: 'attribution:foreign',
  why: 'This edit claims to come from somebody else. It was not applied.',
} as const

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

/** The client ids that an update uses, or the one that belongs to somebody else. */
export function claimClientIds(
  bindings: Bindings,
  inserted: readonly IdRange[],
  author: Author,
):
  | { readonly ok: true; readonly clients: Clients }
  | { readonly ok: false; readonly clientId: number } {
  const fresh = new Set<number>()
  const known = new Set<number>()
  for (const { client } of inserted) {
    const owner = bindings.get(client)
    if (client >= FIRST_PLATFORM_CLIENT) return { ok: false, clientId: client }
    if (!owner) fresh.add(client)
    else if (isSameHand(owner, author)) known.add(client)
    else return { ok: false, clientId: client }
  }
  return { ok: true, clients: { fresh: [...fresh], known: [...known] } }
}

/** The database refused a client id that memory gave to its user: what the database has of these files is learnt anew. */
export async function relearnBindings(
  updates: UpdateLog,
  documents: readonly LiveDocument[],
): Promise<void> {
  for (const { id, bindings } of documents) {
    if (id.kind === 'tree') continue
    const doc = fileDocument(id.fileId)
    log('error', 'bindings.wrong', { doc })
    for (const { clientId, author } of await updates.bindings(doc)) bindings.set(clientId, author)
  }
}
