/** Answers about a file's past, for somebody who may read the file. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import type {
  BlameResponse,
  DeletedFiles,
  Hand,
  HandsResponse,
  HistoryResponse,
  TextAtResponse,
} from '@relpin/authority/contracts/history.ts'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import { textOf, type LiveDocument, type LiveDocuments } from '../live-documents.ts'
import { runsOf, stretchesOf } from './blame.ts'
import { readGone } from './deleted-files.ts'
import { handsOf, readWriters, writerKey, type Writer } from './hands.ts'
import { readFacts, readPoint } from './past.ts'
import { stepsOf } from './steps.ts'

type HistoryContext = { readonly sql: Sql; readonly documents: LiveDocuments }

const NOBODY: Writer = {
  memberId: null,
  sessionId: null,
  patchId: null,
  approverId: null,
  restoredIn: null,
}

export async function readHands({ sql }: HistoryContext, fileId: string): Promise<HandsResponse> {
  const { hands, clients } = await knownHands(sql, fileDocument(fileId))
  return { hands: hands.map((hand, index) => ({ ...hand, clientIds: clients[index] ?? [] })) }
}

export async function readBlame(
  { sql, documents }: HistoryContext,
  fileId: string,
): Promise<BlameResponse> {
  const name = fileDocument(fileId)
  await using held = await documents.open(name)
  // Taken without a pause; what the log has afterwards covers all of it.
  const stretches = stretchesOf(held.live.doc)
  const text = textOf(held.live).toString()
  const seq = Math.min(held.live.nextSeq, ...held.live.inFlight) - 1
  const { hands, indexOf } = await knownHands(sql, name)
  const runs = runsOf(stretches, await readFacts(sql, name), indexOf)
  return { seq, text, hands, runs }
}

export async function readSteps(
  { sql }: HistoryContext,
  fileId: string,
  page: { readonly before?: number | undefined; readonly limit: number },
): Promise<HistoryResponse> {
  const { before = Infinity, limit } = page
  const steps = stepsOf(await readFacts(sql, fileDocument(fileId)))
  const found = steps.filter((step) => step.to < before)
  const shown = found.slice(0, limit)
  const hands = await handsOf(
    sql,
    shown.map(({ author }) => ({ ...author, restoredIn: null })),
  )
  return {
    steps: shown.map(({ author: _author, ...step }, index) => ({
      ...step,
      hand: hands[index] as Hand,
      startedAt: new Date(step.startedAt).toISOString(),
      endedAt: new Date(step.endedAt).toISOString(),
    })),
    more: found.length > shown.length,
  }
}

const MOST_DELETED = 200

/** Those that `mayRead` lets through, latest first. */
export async function readDeleted(
  { sql }: HistoryContext,
  tree: LiveDocument,
  mayRead: (entry: TreeEntry) => boolean,
): Promise<DeletedFiles> {
  const gone = [...(await readGone(sql, tree)).values()].reverse()
  const shown = gone.filter(({ entry }) => mayRead(entry)).slice(0, MOST_DELETED)
  const hands = await handsOf(
    sql,
    shown.map(({ author }) => ({ ...author, restoredIn: null })),
  )
  return {
    files: shown.map(({ fileId, entry: { path, kind }, at }, index) => ({
      fileId,
      path,
      kind,
      at: at.toISOString(),
      hand: hands[index] as Hand,
    })),
  }
}

/** `null` for a point before the first. */
export async function readTextAt(
  { sql }: HistoryContext,
  fileId: string,
  seq: number,
): Promise<TextAtResponse | null> {
  const point = await readPoint(sql, fileDocument(fileId), seq)
  if (!point) return null
  return {
    seq: point.seq,
    at: point.at.toISOString(),
    text: point.doc.getText(TEXT_ROOT).toString(),
  }
}

/** Every hand of a document once, the client ids of each, and which is whose. The first is nobody's. */
async function knownHands(sql: Queryable, doc: string) {
  const index = new Map<string, number>([[writerKey(NOBODY), 0]])
  const writers: Writer[] = [NOBODY]
  const clients: number[][] = [[]]
  const byClient = new Map<number, number>()
  for (const [client, writer] of await readWriters(sql, doc)) {
    const key = writerKey(writer)
    const at = index.get(key) ?? writers.length
    if (at === writers.length) {
      index.set(key, at)
      writers.push(writer)
      clients.push([])
    }
    clients[at]?.push(client)
    byClient.set(client, at)
  }
  const hands = await handsOf(sql, writers)
  return { hands, clients, indexOf: (client: number): number => byClient.get(client) ?? 0 }
}
