/**
 * What an update of many pieces is refused for before it is decoded: decoding takes as long as there are many, and
 * says nothing else of these. Whatever passes is looked at whole.
 */
import { proposerId, type Member } from '@relpin/authority/actors.ts'
import { branchDocument } from '@relpin/authority/document-names.ts'
import type * as Y from 'yjs'
import type { Refusal } from './admission.ts'
import { authorOf, claimClientIds, FOREIGN } from './attribution.ts'
import { hasTooMany, sizeOf, TOO_LARGE } from './document-bounds.ts'
import type { IdRange } from './effective-change.ts'
import { GAP, type Scan, type StateOf } from './guard-update.ts'
import type { LiveDocument } from './live-documents.ts'
import { pilesUp } from './piles.ts'
import { withoutKnown } from './without-known.ts'

/** Below this, decoding an update costs next to nothing, and its text can be given back to its author. */
export const FEW = 250
/** What has fewer bytes has no more pieces than that: the shortest takes two. */
export const FEW_BYTES = FEW * 2

/** Where an update is to enter. */
type Place = Pick<LiveDocument, 'id' | 'name' | 'generation' | 'bindings'> & { readonly doc: Y.Doc }

type Seen = Omit<Refusal, 'text'> & { readonly ok: false }

const refusal = (rule: string, why: string): Seen => ({ ok: false, rule, why })

export const REFUSED = {
  tree: refusal(
    'tree:read-only',
    'The file tree changes by commands, not by edits of its document.',
  ),
  branch: refusal('branch:other', 'Only its author types into a proposal.'),
  gap: GAP,
  foreign: { ok: false, ...FOREIGN },
  content: refusal('update:content', 'A file holds plain text and nothing else.'),
  tangled: refusal(
    'update:tangled',
    'This edit has too many pieces in one place. Copy your text and insert it as a whole.',
  ),
} as const

export const isOthersBranch = ({ id, name }: Pick<Place, 'id' | 'name'>, actor: Member): boolean =>
  id.kind === 'branch' && name !== branchDocument(proposerId(actor), id.fileId)

type Asked = {
  readonly live: Place
  readonly actor: Member
  /** What the document has, or will have when this enters. */
  readonly stateOf: StateOf
  /** It makes a file read as it did before. */
  readonly back?: boolean
  /** That nothing which the actor writes there is taken, and why. */
  readonly denied?: Pick<Refusal, 'rule' | 'why'> | null
}

/** `update` has passed the guard, which found `scan`. */
export function refusedAtFirstSight(
  { live, actor, stateOf, back = false, denied = null }: Asked,
  update: Uint8Array,
  { pieces, collected, counts }: Scan,
): Seen | null {
  if (counts.pieces + counts.deletions < FEW) return null
  const { doc, id } = live
  const fresh = [...pieces].flatMap(([client, { from, to }]): readonly IdRange[] =>
    to > stateOf(client) ? [{ client, from, to }] : [],
  )
  if (fresh.length > 0 && id.kind === 'tree') return REFUSED.tree
  if (fresh.length > 0 && isOthersBranch(live, actor)) return REFUSED.branch
  // What was made in a branch as it was before a decision is not refused, but answered: that takes a closer look.
  if (live.generation > 1) return null
  if (denied && (fresh.length > 0 || deletesMore(doc, update)))
    return refusal(denied.rule, denied.why)
  if (!claimClientIds(live.bindings, fresh, authorOf(actor)).ok) return REFUSED.foreign
  for (const [client, to] of collected) if (to > stateOf(client)) return REFUSED.content
  if (fresh.length === 0) return null
  if (hasTooMany(doc, counts.pieces, back)) return refusal('file:pieces', TOO_LARGE.pieces)
  const inText = sizeOf(doc).pieces
  return pilesUp(update, { pieces: counts.pieces, inText, stateOf }) ? REFUSED.tangled : null
}

/** Two zeros are an update of nothing. */
const deletesMore = (doc: Y.Doc, update: Uint8Array): boolean =>
  withoutKnown(doc, update).length > 2
