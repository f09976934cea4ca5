/** Finds out what a request would do, and refuses what no role may ask: forged, broken, or beside the project. */
import { classifyPath, type PathClass } from '@relpin/authority/path-class.ts'
import { MEMBER_REMOVED } from '@relpin/db/members-authority.ts'
import { loadSessionAuthority } from '@relpin/db/session-authority.ts'
import type { AdmitRequest, Examined, ExaminedText, Part, Refusal, TextPart } from './admission.ts'
import { authorOf, claimClientIds } from './attribution.ts'
import type { DoorContext } from './door-context.ts'
import { exceeds, TOO_LARGE } from './document-bounds.ts'
import { changeBy, isTangled, type EffectiveChange } from './effective-change.ts'
import { isOthersBranch, REFUSED, refusedAtFirstSight } from './first-sight.ts'
import { MAX_CLIENT_UPDATE_BYTES, MAX_SERVER_UPDATE_BYTES, type Scan } from './guard-update.ts'
import { readUpdate, type Reading, type ReadUpdate } from './read-update.ts'
import { placeOf, type WorkspaceState } from './workspace-states.ts'
import * as Y from 'yjs'

/** `nothing`: the server has all of it, so there is nothing to judge or to record. */
type Examination =
  | ({ readonly found: 'change' } & Examined)
  | { readonly found: 'nothing' }
  | ({ readonly found: 'refusal' } & Refusal)

export async function examine(context: DoorContext, request: AdmitRequest): Promise<Examination> {
  const { actor, state } = request
  const refuse = (rule: string, why: string, text = ''): Examination => ({
    found: 'refusal',
    rule,
    why,
    text,
  })

  const authority = await context.authorities.inOrg(actor.memberId, state.workspace.orgId)
  const session =
    actor.kind === 'agent' ? await loadSessionAuthority(context.sql, actor.sessionId) : null
  // From here on nothing awaits, so that what is found holds for the document as it stands.
  const looks = request.parts.map((part) => (part.kind === 'text' ? look(request, part) : null))
  if (looks.every((one) => one?.ok === true && one.change.empty)) return { found: 'nothing' }

  if (!authority) return refuse(MEMBER_REMOVED.rule, MEMBER_REMOVED.why)
  if (
    actor.kind === 'agent' &&
    (session?.memberId !== actor.memberId || session.workspaceId !== state.workspace.id)
  ) {
    return refuse('session:closed', 'This session is closed. Open a new one.')
  }

  const texts: ExaminedText[] = []
  for (const [index, part] of request.parts.entries()) {
    const looked = looks[index]
    if (part.kind !== 'text' || !looked) continue
    const examined = examineText(request, part, looked)
    if (!examined.ok) return { ...examined, found: 'refusal' }
    texts.push(examined)
  }
  const places = request.parts.flatMap((part) => placesOf(state, part, texts))
  return { found: 'change', request, authority, session, texts, places }
}

type Look =
  | { readonly ok: true; readonly update: ReadUpdate; readonly change: EffectiveChange }
  | Extract<Reading, { readonly ok: false }>

function look(request: AdmitRequest, { live, update, read }: TextPart): Look {
  const limit = request.from === 'socket' ? MAX_CLIENT_UPDATE_BYTES : MAX_SERVER_UPDATE_BYTES
  const { doc } = live
  const stateOf = (client: number): number => Y.getState(doc.store, client)
  const asked = { live, actor: request.actor, stateOf, back: request.back !== undefined }
  const refused = (scan: Scan) => refusedAtFirstSight(asked, update, scan)
  const reading = read ?? readUpdate(update, { maxBytes: limit, stateOf, refused })
  return reading.ok ? { ...reading, change: changeBy(doc, reading.update) } : reading
}

function examineText(
  request: AdmitRequest,
  part: TextPart,
  looked: Look,
): ({ readonly ok: true } & ExaminedText) | ({ readonly ok: false } & Refusal) {
  const { live } = part
  const refuse = (rule: string, why: string, text = '') => ({ ok: false as const, rule, why, text })
  if (!looked.ok) return refuse(looked.rule, looked.why)
  if (live.frozen) {
    return refuse(
      'tripwire',
      'This file is frozen: something reached it beside the rules. An administrator has to look at it.',
      looked.change.text,
    )
  }
  if (live.id.kind === 'tree') {
    return { ...REFUSED.tree, text: '' }
  }
  const { fileId } = live.id
  if (isOthersBranch(live, request.actor)) return { ...REFUSED.branch, text: '' }
  const { update, change } = looked
  const place = placeOf(request.state, fileId) ?? restoredPlace(request.parts, fileId)
  if (!place)
    return refuse(
      'file:gone',
      'This file was deleted meanwhile. Copy your text before you close it.',
      change.text,
    )
  if (change.gap) return { ...REFUSED.gap, text: change.text }
  const claim = claimClientIds(live.bindings, change.inserted, authorOf(request.actor))
  if (!claim.ok) return { ...REFUSED.foreign, text: change.text }
  if (change.collected) return { ...REFUSED.content, text: change.text }
  const beyond = exceeds(live.doc, update, change, { back: request.back !== undefined })
  if (beyond) return refuse(`file:${beyond}`, TOO_LARGE[beyond], change.text)
  if (isTangled(live.doc, change)) return { ...REFUSED.tangled, text: change.text }
  return {
    ok: true,
    part,
    fileId,
    path: place.path,
    pathClass: place.pathClass,
    update,
    change,
    clients: claim.clients,
    onBranch: live.id.kind === 'branch',
  }
}

/** Where a file will be that the same request brings back. */
function restoredPlace(parts: readonly Part[], fileId: string) {
  const part = parts.find((one) => one.kind === 'restore' && one.fileId === fileId)
  return part?.kind === 'restore' ? { path: part.path, pathClass: classifyPath(part.path) } : null
}

function placesOf(
  state: WorkspaceState,
  part: Part,
  texts: readonly ExaminedText[],
): readonly { readonly path: string; readonly pathClass: PathClass }[] {
  const at = (path: string) => ({ path, pathClass: classifyPath(path) })
  switch (part.kind) {
    case 'text':
      return texts
        .filter((one) => one.part === part)
        .map(({ path, pathClass }) => ({ path, pathClass }))
    case 'create':
    case 'restore':
      return [at(part.path)]
    case 'rename':
      // A rename is judged as a delete in the old class and a write in the new one.
      return [placeOf(state, part.fileId) ?? at(part.from), at(part.to)]
    case 'delete':
      return [placeOf(state, part.fileId) ?? at(part.path)]
  }
}
