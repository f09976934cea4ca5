/** A file's past for the API: what collab-server knows of it, and its two commands that go back. */
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import type {
  BlameRequest,
  BlameResponse,
  BringBackRequest,
  DeletedFiles,
  HandsRequest,
  HandsResponse,
  HistoryRequest,
  HistoryResponse,
  RevertRequest,
  TextAtRequest,
  TextAtResponse,
  UndoRequest,
  UndoResponse,
} from '@relpin/authority/contracts/history.ts'
import { commanderOf, personOf } from '#lib/server/api/endpoint.ts'
import { undone } from '#lib/server/api/history-schemas.ts'
import { conflict, denied, notFound, refuse } from '#lib/server/api/problems.ts'
import { listFiles, type Accepted, type Desk } from '#lib/server/files/workspace-files.ts'

export type Undone = Accepted & { readonly left: readonly string[] }

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `file` is an id, or a path in main; a deleted file has only its id. Throws a problem when there is no such file. */
async function fileOf(desk: Desk, file: string): Promise<HandsRequest> {
  const as = personOf(desk.member)
  const { workspaceId } = desk.app
  if (UUID.test(file)) return { as, workspaceId, fileId: file }
  const entry = (await listFiles(desk, 'main')).find(({ path }) => path === file)
  if (!entry) throw notFound(`The file ${file}`)
  return { as, workspaceId, fileId: entry.fileId }
}

export async function readHands(desk: Desk, file: string): Promise<HandsResponse> {
  const request = await fileOf(desk, file)
  return desk.services.collab.call('POST', '/internal/history/hands', request)
}

export async function readBlame(desk: Desk, file: string): Promise<BlameResponse> {
  const request: BlameRequest = await fileOf(desk, file)
  return desk.services.collab.call('POST', '/internal/history/blame', request)
}

/** Latest first. */
export function readDeleted(desk: Desk): Promise<DeletedFiles> {
  const request = { as: personOf(desk.member), workspaceId: desk.app.workspaceId }
  return desk.services.collab.call('POST', '/internal/history/deleted', request)
}

/** Newest first; only what ended before `before`. */
export async function readSteps(
  desk: Desk,
  file: string,
  page: { readonly limit: number; readonly before: number | undefined },
): Promise<HistoryResponse> {
  const request: HistoryRequest = { ...(await fileOf(desk, file)), ...page }
  return desk.services.collab.call('POST', '/internal/history/steps', request)
}

export async function readTextAt(desk: Desk, file: string, seq: number): Promise<TextAtResponse> {
  const request: TextAtRequest = { ...(await fileOf(desk, file)), seq }
  return desk.services.collab.call('POST', '/internal/history/at', request)
}

/** Makes a file read as it did right after `seq`. Throws a problem when refused, or when it reads so already. */
export async function revertFile(desk: Desk, file: string, seq: number): Promise<Undone> {
  const request: RevertRequest = {
    ...(await fileOf(desk, file)),
    as: commanderOf(desk.member),
    seq,
  }
  const answer = await desk.services.collab.call<UndoResponse>(
    'POST',
    '/internal/history/revert',
    request,
  )
  return acceptedOf(answer, 'This point of the file')
}

/** Puts a deleted file back as it was at last. Throws a problem when refused, or when it is there. */
export async function bringBack(desk: Desk, fileId: string): Promise<Undone> {
  const request: BringBackRequest = {
    as: commanderOf(desk.member),
    workspaceId: desk.app.workspaceId,
    fileId,
  }
  const answer = await desk.services.collab.call<UndoResponse>(
    'POST',
    '/internal/history/bring-back',
    request,
  )
  return acceptedOf(answer, 'This deleted file')
}

/** Takes back what one patch did and keeps everyone's later work. `patch` is its short id. */
export async function undoPatch(desk: Desk, patch: string): Promise<Undone> {
  const request: UndoRequest = {
    as: commanderOf(desk.member),
    workspaceId: desk.app.workspaceId,
    patch,
  }
  const answer = await desk.services.collab.call<UndoResponse>(
    'POST',
    '/internal/history/undo',
    request,
  )
  return acceptedOf(answer, 'This patch')
}

function acceptedOf(answer: UndoResponse, what: string): Undone {
  if (answer.outcome === 'not-found') throw notFound(what)
  if (answer.outcome === 'nothing') throw conflict(answer.why)
  const verdict: Verdict = answer.verdict
  switch (verdict.verdict) {
    case 'applied':
    case 'queued':
      return { ...verdict, left: answer.left }
    case 'denied':
      throw denied(verdict.rule, verdict.why)
    case 'stale':
      throw refuse(409, 'The workspace moved on', verdict.why)
  }
}

/** Done at once, or 202 when it waits for approval. */
export function undoneResponse(answer: Undone): Response {
  return Response.json(undone.parse(answer), {
    status: answer.verdict === 'queued' ? 202 : 200,
    headers: { 'cache-control': 'no-store' },
  })
}
