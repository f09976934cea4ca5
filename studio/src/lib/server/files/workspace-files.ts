/** Files of a workspace for the API: every change is a command to collab-server, which alone decides. */
import { randomUUID } from 'node:crypto'
import type {
  Change,
  ChangesRequest,
  SubmitRequest,
  Verdict,
  ViewEntry,
  ViewListRequest,
  ViewName,
  ViewReadRequest,
  ViewReadResponse,
} from '@relpin/authority/contracts/collab.ts'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import type { App } from '@relpin/db/apps.ts'
import { commanderOf, personOf } from '#lib/server/api/endpoint.ts'
import { conflict, denied, notFound, refuse } from '#lib/server/api/problems.ts'
import { normaliseLines } from '#lib/server/archives/read-text.ts'
import { textUpdate } from '#lib/server/files/text-update.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** `mine` is main plus one's own open proposals. */
type FilesView = 'main' | 'mine'

/** Somebody's work in one app. */
export type Desk = {
  readonly services: Services
  readonly member: SignedInMember
  readonly app: App
  /** Their own switch: what they could write directly waits all the same. */
  readonly suggest?: boolean
}

/** What landed or waits; every other verdict is thrown as a problem. */
export type Accepted = Extract<Verdict, { readonly verdict: 'applied' | 'queued' }>

/** Sorted by path. */
export async function listFiles(desk: Desk, view: FilesView): Promise<readonly ViewEntry[]> {
  const request: ViewListRequest = { ...ask(desk, view) }
  const { entries } = await desk.services.collab.call<{ entries: ViewEntry[] }>(
    'POST',
    '/internal/view/list',
    request,
  )
  return entries
}

/** Throws a problem when there is no such file, or it may not be read. */
export async function readFile(
  desk: Desk,
  view: FilesView,
  path: string,
): Promise<Extract<ViewReadResponse, { readonly found: 'text' | 'binary' }>> {
  const found = await look(desk, view, path)
  if (found.found === 'denied') throw denied(found.rule, found.why)
  if (found.found === 'nothing') throw notFound(`The file ${path}`)
  return found
}

/** Replaces a text, or creates the file. Built on one's own view, so that a second suggestion follows the first. */
export async function writeFile(desk: Desk, path: string, text: string): Promise<Accepted> {
  const wanted = normaliseLines(text)
  const found = await look(desk, 'mine', path)
  if (found.found === 'denied') throw denied(found.rule, found.why)
  if (found.found === 'binary') {
    throw conflict(`${path} is not a text file. Delete it first, then create it as text.`)
  }
  if (found.found === 'nothing') return createFile(desk, path, wanted)
  const update = textUpdate(found.state, wanted)
  if (update === null) return { verdict: 'applied', patch: null }
  return change(desk, `Edit ${path}`, [{ op: 'update', document: found.document, update }])
}

export async function createFile(desk: Desk, path: string, text: string): Promise<Accepted> {
  checkPath(path)
  const content = { kind: 'text', text: normaliseLines(text) } as const
  return change(desk, `Create ${path}`, [{ op: 'create', path, content }])
}

/** Renames or moves a file, or a folder with all files in it. */
export async function renamePath(desk: Desk, from: string, to: string): Promise<Accepted> {
  checkPath(to)
  const paths = await pathsAt(desk, from)
  const changes = paths.map((path) => ({
    op: 'rename' as const,
    from: path,
    to: to + path.slice(from.length),
  }))
  return change(desk, `Rename ${from} to ${to}`, changes)
}

/** Deletes a file, or a folder with all files in it. */
export async function deletePath(desk: Desk, path: string): Promise<Accepted> {
  const paths = await pathsAt(desk, path)
  return change(
    desk,
    `Delete ${path}`,
    paths.map((one) => ({ op: 'delete' as const, path: one })),
  )
}

function checkPath(path: string): void {
  const problem = pathProblem(path)
  if (problem) throw refuse(400, 'Not a path', problem.why)
}

async function pathsAt(desk: Desk, path: string): Promise<readonly string[]> {
  const entries = await listFiles(desk, 'mine')
  const inside = entries
    .map((entry) => entry.path)
    .filter((one) => one === path || one.startsWith(`${path}/`))
  if (inside.length === 0) throw notFound(`The file ${path}`)
  return inside
}

/** As many as collab-server takes in one admission. */
const MAX_CHANGES = 500

async function change(desk: Desk, title: string, changes: readonly Change[]): Promise<Accepted> {
  if (changes.length > MAX_CHANGES) {
    throw refuse(
      422,
      'Too many files',
      `This would change ${changes.length} files at once, and ${MAX_CHANGES} is the most. Go folder by folder.`,
    )
  }
  const request: ChangesRequest = {
    as: commanderOf(desk.member),
    workspaceId: desk.app.workspaceId,
    changes,
    intent: { id: randomUUID(), title },
    suggest: desk.suggest,
  }
  const verdict = await desk.services.collab.call<Verdict>('POST', '/internal/changes', request)
  switch (verdict.verdict) {
    case 'applied':
      return verdict
    case 'queued':
      // One command is one whole suggestion: nobody will go on typing it.
      await submit(desk, request.intent.id)
      return verdict
    case 'denied':
      throw denied(verdict.rule, verdict.why)
    case 'stale':
      throw refuse(409, 'The workspace moved on', verdict.why)
  }
}

async function submit({ services, member, app }: Desk, intentId: string): Promise<void> {
  const request: SubmitRequest = { as: commanderOf(member), workspaceId: app.workspaceId, intentId }
  await services.collab.call('POST', '/internal/patches/submit', request)
}

function look(desk: Desk, view: FilesView, path: string): Promise<ViewReadResponse> {
  const request: ViewReadRequest = { ...ask(desk, view), path }
  return desk.services.collab.call<ViewReadResponse>('POST', '/internal/view/read', request)
}

function ask({ member, app }: Desk, view: FilesView) {
  const name: ViewName =
    view === 'main' ? { kind: 'main' } : { kind: 'proposer', proposerId: member.id }
  return { as: personOf(member), workspaceId: app.workspaceId, view: name }
}
