/** Finds out what a request would do, and refuses what no role may ask: forged, broken, or beside the project. */
import { branchDocument } from '@relpin/authority/document-names.ts'
import { proposerId } from '@relpin/authority/actors.ts'
import { classifyPath, type PathClass } from '@relpin/authority/path-class.ts'
import { loadSessionAuthority } from '@relpin/db/session-authority.ts'
import type { AdmitRequest, Examined, ExaminedText, Part, Refusal, TextPart } from './admission.ts'
import { authorOf, claimClientIds } from './attribution.ts'
import type { DoorContext } from './door-context.ts'
import { effectiveChange } from './effective-change.ts'
import { guardUpdate, MAX_CLIENT_UPDATE_BYTES } from './guard-update.ts'
import { placeOf, type WorkspaceState } from './workspace-states.ts'

/** Server-side writers send whole files at once. */
const MAX_SERVER_UPDATE_BYTES = 4 * 1024 * 1024

export type Examination = ({ readonly ok: true } & Examined) | ({ readonly ok: false } & Refusal)

export async function examine(context: DoorContext, request: AdmitRequest): Promise<Examination> {
  const { actor, state } = request
  const refuse = (rule: string, why: string, text = ''): Examination => ({
    ok: false,
    rule,
    why,
    text,
  })

  const authority = await context.authorities.get(actor.memberId)
  if (!authority || authority.orgId !== state.workspace.orgId) {
    return refuse('member:removed', 'You are no longer a member of this organization.')
  }
  const session =
    actor.kind === 'agent' ? await loadSessionAuthority(context.sql, actor.sessionId) : null
  if (
    actor.kind === 'agent' &&
    (session?.memberId !== actor.memberId || session.workspaceId !== state.workspace.id)
  ) {
    return refuse('session:closed', 'This session is closed. Open a new one.')
  }

  // From here on nothing awaits, so that what is found holds for the document as it stands.
  const texts: ExaminedText[] = []
  for (const part of request.parts) {
    if (part.kind !== 'text') continue
    const examined = examineText(request, part)
    if (!examined.ok) return examined
    texts.push(examined)
  }
  const places = request.parts.flatMap((part) => placesOf(state, part, texts))
  return { ok: true, request, authority, session, texts, places }
}

function examineText(
  request: AdmitRequest,
  part: TextPart,
): ({ readonly ok: true } & ExaminedText) | ({ readonly ok: false } & Refusal) {
  const { live } = part
  const refuse = (rule: string, why: string, text = '') => ({ ok: false as const, rule, why, text })
  const limit = request.appliedBy === 'caller' ? MAX_CLIENT_UPDATE_BYTES : MAX_SERVER_UPDATE_BYTES
  const guarded = guardUpdate(part.update, limit)
  if (!guarded.ok) return refuse(guarded.rule, guarded.why)
  if (live.id.kind === 'tree') {
    return refuse(
      'tree:read-only',
      'The file tree changes by commands, not by edits of its document.',
    )
  }
  const { fileId } = live.id
  if (
    live.id.kind === 'branch' &&
    live.name !== branchDocument(proposerId(request.actor), fileId)
  ) {
    return refuse('branch:other', 'Only its author types into a proposal.')
  }
  const change = effectiveChange(live.doc, part.update)
  const place = placeOf(request.state, fileId)
  if (!place)
    return refuse(
      'file:gone',
      'This file was deleted meanwhile. Copy your text before you close it.',
      change.text,
    )
  if (change.gap) {
    return refuse(
      'update:gap',
      'This edit builds on something the server does not have. The file is opened anew.',
      change.text,
    )
  }
  const claim = claimClientIds(live.bindings, change.inserted, authorOf(request.actor))
  if (!claim.ok) {
    return refuse(
      'attribution:foreign',
      'This edit claims to come from somebody else. It was not applied.',
      change.text,
    )
  }
  return {
    ok: true,
    part,
    fileId,
    path: place.path,
    pathClass: place.pathClass,
    change,
    freshClients: claim.fresh,
    onBranch: live.id.kind === 'branch',
  }
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
      return [at(part.path)]
    case 'rename':
      // A rename is judged as a delete in the old class and a write in the new one.
      return [placeOf(state, part.fileId) ?? at(part.from), at(part.to)]
    case 'delete':
      return [placeOf(state, part.fileId) ?? at(part.path)]
  }
}
