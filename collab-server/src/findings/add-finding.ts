/** Leaves a finding of an agent's review in the code: judged, placed, recorded and told, all at once or not at all. */
import type { AddedFinding, AddFinding } from '@relpin/authority/contracts/findings.ts'
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { decide } from '@relpin/authority/decide.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { countOpenFindings, findSameFinding, insertFinding } from '@relpin/db/findings.ts'
import { MEMBER_REMOVED, subjectOf } from '@relpin/db/members-authority.ts'
import { loadSessionAuthority } from '@relpin/db/session-authority.ts'
import { randomUUID } from 'node:crypto'
import { appendFrom } from '../append-from.ts'
import { auditActor } from '../audit-actor.ts'
import { textOf } from '../live-documents.ts'
import type { InternalContext } from '../route-parts.ts'
import { entryOf } from '../tree.ts'
import { readEntry, viewOf } from '../views.ts'
import { whatChanged } from '../what-changed.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { anchorsIn, linesOf, placeIn } from './anchors.ts'
import { tellOfFindings } from './tell.ts'

/** More than anybody reads; a review that goes wild ends here. */
const MAX_OPEN = 500
/** What is kept of the text that it is about. */
const MAX_QUOTE = 600

export async function addFinding(
  context: InternalContext,
  state: WorkspaceState,
  asked: AddFinding,
): Promise<AddedFinding> {
  const { workspace } = state
  // One at a time in a session: a repeated call finds what the first one left.
  return context.locks.run(`findings:${workspace.id}:${asked.as.sessionId}`, () =>
    addAlone(context, state, asked),
  )
}

async function addAlone(
  context: InternalContext,
  state: WorkspaceState,
  asked: AddFinding,
): Promise<AddedFinding> {
  const { workspace } = state
  const { as: actor, path } = asked
  const authority = await context.authorities.inOrg(actor.memberId, workspace.orgId)
  if (!authority) return { outcome: 'denied', ...MEMBER_REMOVED }
  const session = await loadSessionAuthority(context.sql, actor.sessionId)
  const pathClass = classifyPath(path)
  const decision =
    session?.memberId === actor.memberId && session.workspaceId === workspace.id
      ? decide({ subject: subjectOf(actor, authority), action: 'finding.add', pathClass })
      : ({
          effect: 'deny',
          rule: 'session:closed',
          why: 'This session is closed. Open a new one.',
        } as const)
  const event: NewAuditEvent = {
    ...auditActor(actor, workspace, session),
    action: 'finding.add',
    target: path,
    pathClass,
    decision: 'denied',
    rule: decision.rule,
    detail: { severity: asked.severity },
  }
  if (decision.effect !== 'allow') {
    await context.updates.append({ ...appendFrom(state, null), audit: [event] })
    return { outcome: 'denied', rule: decision.rule, why: decision.why }
  }

  const look = { state, actor, authority, view: viewOf(actor, { kind: 'main' }) }
  const found = await readEntry(context, look, path)
  if (found.found === 'denied') return { outcome: 'denied', rule: found.rule, why: found.why }
  if (found.found === 'nothing') return { outcome: 'unplaced', why: found.why }
  if (found.found === 'binary')
    return { outcome: 'unplaced', why: `${path} is a binary file: say it in your answer instead.` }
  const { fileId } = found
  const entry = entryOf(state.tree.doc, fileId)
  if (!entry) {
    const why = `${path} is only proposed yet, so nothing can be left in it. Say it in your answer instead.`
    return { outcome: 'unplaced', why }
  }
  await using view = await context.documents.open(found.document)
  await using main = await context.documents.open(fileDocument(fileId))
  const text = textOf(view.live)
  const seen = text.toString()
  const place = placeIn(seen, path, asked)
  if (!place.placed) return { outcome: 'unplaced', why: place.why }
  const anchors = anchorsIn(text, main.live.doc, place.range)
  if (!anchors) {
    const why = 'This text is only proposed yet. Say what is to be said about it in your answer.'
    return { outcome: 'unplaced', why }
  }

  const lines = linesOf(seen, place.range)
  const where = { firstLine: lines.first, lastLine: lines.last }
  const finding = {
    id: randomUUID(),
    orgId: workspace.orgId,
    workspaceId: workspace.id,
    fileId,
    path: entry.path,
    severity: asked.severity,
    message: asked.message,
    quote: seen.slice(place.range.from, place.range.to).slice(0, MAX_QUOTE),
    ...anchors,
    memberId: actor.memberId,
    sessionId: actor.sessionId,
    callId: asked.callId,
  }
  const known = await findSameFinding(context.sql, finding)
  if (known !== null) return { outcome: 'known', id: known, ...where }
  if ((await countOpenFindings(context.sql, workspace.id)) >= MAX_OPEN) {
    const why = `${MAX_OPEN} findings are open already. Stop here, and ask people to look at those first.`
    return { outcome: 'unplaced', why }
  }
  const by = { memberId: actor.memberId, grantEpoch: authority.grantEpoch }
  const outcome = await context.updates.append({
    ...appendFrom(state, by),
    audit: [{ ...event, target: `${entry.path}:${lines.first}`, decision: 'allowed' }],
    also: (tx) => insertFinding(tx, finding),
  })
  if (outcome !== 'committed') {
    context.authorities.forget(actor.memberId)
    const changed = await whatChanged(context.sql, { ...by, signIn: undefined }, workspace.id)
    return { outcome: 'denied', ...changed }
  }
  tellOfFindings(context, workspace.id)
  return { outcome: 'left', id: finding.id, ...where }
}
