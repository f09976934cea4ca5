/** Commands of the other services: several changes as one admission, and the import that fills an empty workspace. */
import type { Member } from '@relpin/authority/actors.ts'
import type {
  Change,
  ChangesRequest,
  ImportRequest,
  Verdict,
} from '@relpin/authority/contracts/collab.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import { fileDocument, parseDocumentName } from '@relpin/authority/document-names.ts'
import { proposerId, signInOf } from '@relpin/authority/actors.ts'
import { MEMBER_REMOVED } from '@relpin/db/members-authority.ts'
import { addFiles } from '@relpin/db/workspaces.ts'
import { randomUUID } from 'node:crypto'
import * as Y from 'yjs'
import { admit, firstVerdict, judgeImport } from './admit.ts'
import type { Part } from './admission.ts'
import { appendFrom } from './append-from.ts'
import { RowsInFlight } from './append-rows.ts'
import { authorOf, NO_CLIENTS } from './attribution.ts'
import { auditActor } from './audit-actor.ts'
import type { DoorContext } from './door-context.ts'
import { ADMITTED_ORIGIN, type Held } from './live-documents.ts'
import { buildsOnFormer } from './proposals/former-generations.ts'
import { newTextUpdate } from './new-text.ts'
import { treeChangeOf } from './land.ts'
import { entriesOf, findByPath, pathConflict, treeUpdate, type TreeChange } from './tree.ts'
import { whatChanged } from './what-changed.ts'
import { placeOf, type WorkspaceState } from './workspace-states.ts'

type Located =
  | { readonly ok: true; readonly part: Part; readonly held?: Held }
  | { readonly ok: false; readonly why: string }

/** Carries out changes whole or not at all. What does not fit the workspace as it stands is `stale`. */
export async function change(
  context: DoorContext,
  state: WorkspaceState,
  request: ChangesRequest,
): Promise<Verdict> {
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    // Its own first success is what a repeated call would not fit any more.
    const first = await firstVerdict(context, request.as, request.callId)
    if (first) return first
    const held: Held[] = []
    try {
      const parts: Part[] = []
      for (const one of request.changes) {
        const located = await locate(context, state, request.as, one)
        if (!located.ok) return { verdict: 'stale', why: located.why }
        if (located.held) held.push(located.held)
        parts.push(located.part)
      }
      const clash = clashOf(parts)
      if (clash) return { verdict: 'stale', why: clash }
      const admission = await admit(context, {
        actor: request.as,
        state,
        parts,
        intent: request.intent,
        callId: request.callId,
        suggest: request.suggest,
        from: 'service',
        signIn: signInOf(request.as),
      })
      return admission.verdict
    } finally {
      for (const one of held) await one[Symbol.asyncDispose]()
    }
  })
}

async function locate(
  context: DoorContext,
  state: WorkspaceState,
  actor: Member,
  one: Change,
): Promise<Located> {
  const tree = state.tree.doc
  const stale = (why: string): Located => ({ ok: false, why })
  switch (one.op) {
    case 'update': {
      const id = parseDocumentName(one.document)
      if (!id || id.kind === 'tree') return stale('An edit names the document of a file.')
      if (!placeOf(state, id.fileId))
        return stale('This file was deleted meanwhile. List the files again.')
      const held = await context.documents.open(one.document)
      const update = new Uint8Array(Buffer.from(one.update, 'base64'))
      if (buildsOnFormer(held.live, update)) {
        await held[Symbol.asyncDispose]()
        return stale('The proposal was decided meanwhile. Read the file again.')
      }
      return { ok: true, part: { kind: 'text', live: held.live, update }, held }
    }
    case 'create': {
      const why =
        pathProblem(one.path)?.why ??
        pathConflict(tree, one.path) ??
        pendingConflict(state, actor, one.path)
      if (why) return stale(why)
      return {
        ok: true,
        part: { kind: 'create', fileId: randomUUID(), path: one.path, content: one.content },
      }
    }
    case 'rename': {
      const found = findByPath(tree, one.from)
      if (!found) return stale(missing(state, one.from))
      const why =
        pathProblem(one.to)?.why ??
        pathConflict(tree, one.to, found.fileId) ??
        pendingRename(state, actor, found.fileId) ??
        pendingConflict(state, actor, one.to)
      if (why) return stale(why)
      return {
        ok: true,
        part: { kind: 'rename', fileId: found.fileId, from: one.from, to: one.to },
      }
    }
    case 'delete': {
      const found = findByPath(tree, one.path)
      if (!found) return stale(missing(state, one.path))
      return { ok: true, part: { kind: 'delete', fileId: found.fileId, path: one.path } }
    }
  }
}

/** Each part fits the tree as it stands; together they must fit as well. */
function clashOf(parts: readonly Part[]): string | null {
  const touched = new Set<string>()
  const documents = new Set<string>()
  const paths: string[] = []
  for (const part of parts) {
    if (part.kind === 'text') {
      if (documents.has(part.live.name)) return 'Two edits of one file go into one update.'
      documents.add(part.live.name)
      continue
    }
    if (touched.has(part.fileId))
      return `${pathOf(part)} is changed twice. Send one after the other.`
    touched.add(part.fileId)
    if (part.kind !== 'delete') paths.push(part.kind === 'rename' ? part.to : part.path)
  }
  return pathClash(paths)
}

const pathOf = (part: Exclude<Part, { kind: 'text' }>): string =>
  part.kind === 'rename' ? part.from : part.path

/** Two of these files cannot lie beside each other: the reason as a sentence, or `null`. */
function pathClash(paths: readonly string[]): string | null {
  const all = new Set(paths)
  if (all.size < paths.length) {
    const twice = paths.find((path, index) => paths.indexOf(path) !== index) ?? ''
    return `There would be two files named ${twice}. Choose another name.`
  }
  for (const path of paths) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const folder = path.slice(0, end)
      if (all.has(folder)) return `${folder} would be a file and a folder. Choose another name.`
    }
  }
  return null
}

function missing(state: WorkspaceState, path: string): string {
  const pending = state.treeHunks.some(
    (hunk) => hunk.path === path && hunk.detail.kind === 'create',
  )
  return pending
    ? `${path} itself still waits for approval. Decide or withdraw its patch first.`
    : `There is no file ${path}. List the files again.`
}

/** A proposer cannot propose the same new file twice; two proposers can, and whoever approves chooses. */
function pendingConflict(state: WorkspaceState, actor: Member, path: string): string | null {
  const mine = state.treeHunks.some(
    ({ proposerId: proposer, detail, path: of }) =>
      proposer === proposerId(actor) &&
      path === (detail.kind === 'create' ? of : detail.kind === 'rename' ? detail.to : null),
  )
  return mine ? `You already propose ${path}. Edit that proposal instead.` : null
}

/** One proposer gives a file one new name. */
function pendingRename(state: WorkspaceState, actor: Member, fileId: string): string | null {
  const mine = state.treeHunks.find(
    (hunk) =>
      hunk.proposerId === proposerId(actor) &&
      hunk.fileId === fileId &&
      hunk.detail.kind === 'rename',
  )
  return mine?.detail.kind === 'rename'
    ? `You already propose to rename ${mine.path} to ${mine.detail.to}. Withdraw that first.`
    : null
}

type ImportOutcome =
  | { readonly outcome: 'imported'; readonly imported: number }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  | { readonly outcome: 'conflict'; readonly why: string }

/** Fills an empty workspace in one transaction. The caller has left secret files out; one here refuses all of it. */
export async function importFiles(
  context: DoorContext,
  state: WorkspaceState,
  request: ImportRequest,
): Promise<ImportOutcome> {
  return context.locks.run(`workspace:${state.workspace.id}`, async () => {
    const { as: actor, files } = request
    if (!entriesOf(state.tree.doc).next().done) {
      return { outcome: 'conflict', why: 'This app already has files. Import into a new app.' }
    }
    const problem = files.map((file) => pathProblem(file.path)).find((one) => one !== null)
    if (problem) return { outcome: 'conflict', why: `${problem.path}: ${problem.why}` }
    const clash = pathClash(files.map((file) => file.path))
    if (clash) return { outcome: 'conflict', why: clash }
    const authority = await context.authorities.inOrg(actor.memberId, state.workspace.orgId)
    if (!authority) return { outcome: 'denied', ...MEMBER_REMOVED }
    const classes = files.map((file) => classifyPath(file.path))
    const decision = judgeImport(actor, authority, classes)
    if (decision.effect !== 'allow')
      return { outcome: 'denied', rule: decision.rule, why: decision.why }

    const author = authorOf(actor)
    const rows = new RowsInFlight()
    const changes: TreeChange[] = []
    const ids: string[] = []
    for (const file of files) {
      const fileId = randomUUID()
      const part: Part = { kind: 'create', fileId, path: file.path, content: file.content }
      const one = treeChangeOf(part, () => undefined)
      if (one) changes.push(one)
      ids.push(fileId)
      const first = file.content.kind === 'text' ? newTextUpdate(file.content.text) : null
      if (first) rows.addFirst(fileDocument(fileId), first.update, author, first.clientId, 'import')
    }
    const tree = treeUpdate(state.tree.doc, changes)
    if (tree) rows.add(state.tree, tree, author, NO_CLIENTS)
    const by = {
      memberId: actor.memberId,
      grantEpoch: authority.grantEpoch,
      signIn: signInOf(actor),
    }
    const outcome = await rows.commit(() =>
      context.updates.append({
        ...appendFrom(state, by, rows),
        audit: [
          {
            ...auditActor(actor, state.workspace, null),
            action: 'app.import',
            target: `${files.length} files`,
            decision: 'allowed',
            rule: decision.rule,
          },
        ],
        also: (tx) => addFiles(tx, state.workspace.id, ids),
      }),
    )
    if (outcome !== 'committed') {
      context.authorities.forget(actor.memberId)
      if (outcome === 'not-home') context.home.lost(state.lease)
      const why =
        outcome === 'authority-changed'
          ? (await whatChanged(context.sql, by, state.workspace.id)).why
          : 'The files were not imported. Try again.'
      return { outcome: 'conflict', why }
    }
    if (tree) Y.applyUpdate(state.tree.doc, tree, ADMITTED_ORIGIN)
    return { outcome: 'imported', imported: files.length }
  })
}
