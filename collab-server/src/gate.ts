/** Puts the door before every write of a connection, and tells the client what became of it. */
import { Document, OutgoingMessage, type Connection, type Extension } from '@hocuspocus/server'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import type { Admission, AdmitRequest, Refusal } from './admission.ts'
import { admit, admitIfAllowed, deniedWhatever } from './admit.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { DoorContext } from './door-context.ts'
import { answerFromStorage } from './answer-from-storage.ts'
import { leavesGap } from './effective-change.ts'
import { EarlyUpdates } from './early-updates.ts'
import { FEW, FEW_BYTES, refusedAtFirstSight } from './first-sight.ts'
import { takeUpdates, type Taker } from './ingest.ts'
import { GAP, MAX_CLIENT_UPDATE_BYTES, type StateOf } from './guard-update.ts'
import { joinUpdates } from './join-updates.ts'
import type { LiveDocument } from './live-documents.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'
import { answerToFormer } from './proposals/former-generations.ts'
import { readUpdate, type Reading, type ReadUpdate } from './read-update.ts'
import type { GuardedSocket } from './socket-guard.ts'
import type { Tripwire } from './tripwire.ts'
import { withoutKnown } from './without-known.ts'

export function gate(door: DoorContext, tripwire: Tripwire): Extension<ConnectionContext> {
  const early = new EarlyUpdates()
  const receive = async (
    connection: Connection,
    { claims, socket }: ConnectionContext,
    updates: readonly Uint8Array[],
    type: number,
  ): Promise<readonly Fate[]> => {
    const live = door.documents.of(connection.document as Document)
    const opened = live
      ? await ask(connection, () => door.workspaces.open(live.workspaceId))
      : { answer: null }
    if (!opened) return []
    const state = opened.answer
    if (!live || !state) return updates.map(() => 'not-in-place')
    const actor = { kind: 'person', memberId: claims.memberId } as const
    const request = { actor, state, intent: null, from: 'socket', signIn: claims.signIn } as const
    const { id } = live
    const isLarge = id.kind !== 'tree' && updates.some(({ length }) => length > FEW_BYTES)
    const asked = isLarge
      ? await ask(connection, () => deniedWhatever(door, request, id.fileId))
      : { answer: null }
    if (!asked) return []
    const incoming = { connection, socket, live, request, type, early, denied: asked.answer }
    return (await receiveTogether(door, incoming, updates)) ?? receiveEach(door, incoming, updates)
  }
  const take = async (
    connection: Connection,
    updates: readonly Uint8Array[],
    type: number,
  ): Promise<'go-on' | 'stop'> => {
    if (tripwire.isFrozen(connection.document as Document)) return 'stop'
    const context = connection.context as ConnectionContext
    const fates = await receive(connection, context, updates, type)
    acknowledge(connection, context.socket, fates)
    return fates.length === updates.length ? 'go-on' : 'stop'
  }
  const offered = (connection: Connection): Promise<void> =>
    early.offered(connection, async (updates) => {
      await take(connection, updates, messageYjsUpdate)
    })
  const taker: Taker = {
    take: (connection, updates) => take(connection, updates, messageYjsUpdate),
    offer: async (connection, update) => {
      const after = await take(connection, [update], messageYjsSyncStep2)
      if (after === 'go-on') await offered(connection)
      return after
    },
    join: (connection, vector) => {
      const live = door.documents.of(connection.document as Document)
      return live !== undefined && answerFromStorage(connection, live, vector)
    },
  }
  return {
    extensionName: 'gate',
    // Last in the chain: nothing may come between the verdict and the change.
    priority: -1000,
    // A connection is taken over as it joins the document: `connected` comes when it has sent for a while.
    onLoadDocument: async ({ document }) => {
      document.addConnection = (connection) => {
        takeUpdates(connection as Connection, taker)
        return Document.prototype.addConnection.call(document, connection)
      }
    },
    // What came before the connection was taken over; what a connection offers when it joins writes as updates do.
    beforeSync: async ({ type, payload, connection, context }) => {
      if (type === messageYjsSyncStep1) return
      // Read by Hocuspocus right after this hook: true drops this one message and keeps the channel open.
      connection.readOnly = true
      const [fate] = await receive(connection as Connection, context, [payload], type)
      // The door has applied it. Hocuspocus finds nothing new in it, and acknowledges.
      // Of a large offer it need not look at more than whether all of it is there.
      if (fate === 'in-place' && payload.length <= MAX_CLIENT_UPDATE_BYTES)
        connection.readOnly = false
      if (type === messageYjsUpdate) return
      await offered(connection as Connection)
    },
  }
}

/** `in-place`: logged, and part of the document that it came for. `early`: answered when the connection has offered. */
type Fate = 'in-place' | 'not-in-place' | 'early'

type Incoming = {
  readonly connection: Connection
  readonly socket: GuardedSocket
  readonly live: LiveDocument
  readonly request: Omit<AdmitRequest, 'parts'>
  readonly type: number
  readonly early: EarlyUpdates
  /** Why nothing of what is large is taken from this actor; `null` when that depends on it. */
  readonly denied: Pick<Refusal, 'rule' | 'why'> | null
}

/**
 * Takes several updates as one: one verdict, one row in the log, one transaction, when that verdict is a plain yes.
 * `null` when it is not: a refusal or a proposal is for each update by itself, whole or not at all.
 */
async function receiveTogether(
  door: DoorContext,
  incoming: Incoming,
  updates: readonly Uint8Array[],
): Promise<readonly Fate[] | null> {
  const { connection, live, request, early } = incoming
  if (updates.length < 2 || live.id.kind !== 'file' || early.waiting(connection)) return null
  const read: ReadUpdate[] = []
  const stateOf = stateAfter(live.doc, read)
  for (const bytes of updates) {
    const reading = readFrom(incoming, bytes, stateOf)
    if (!reading.ok) return null
    read.push(reading.update)
  }
  const joined = joinUpdates(read)
  if (!joined) return null
  const reading = { ok: true, update: joined } as const
  const part = { kind: 'text', live, update: joined.bytes, read: reading } as const
  const asked = await ask(connection, () =>
    admitIfAllowed(door, { ...request, parts: [part], keystrokes: updates.length }),
  )
  if (!asked) return []
  return asked.answer ? updates.map(() => 'in-place') : null
}

/** What a document has, and what the updates read so far add to it; it looks at them when it is asked, each once. */
function stateAfter({ store }: Y.Doc, read: readonly ReadUpdate[]): StateOf {
  const ends = new Map<number, number>()
  let seen = 0
  return (client) => {
    for (; seen < read.length; seen += 1)
      for (const { id, length } of read[seen]?.structs ?? [])
        ends.set(id.client, Math.max(ends.get(id.client) ?? 0, id.clock + length))
    return Math.max(ends.get(client) ?? 0, Y.getState(store, client))
  }
}

/** Ends early when the connection has to begin again; what is behind has no fate then. */
async function receiveEach(
  door: DoorContext,
  incoming: Incoming,
  updates: readonly Uint8Array[],
): Promise<readonly Fate[]> {
  const { connection, socket, live, request, type, early } = incoming
  const fates: Fate[] = []
  for (const offered of updates) {
    // Only what a client offers on joining can be large for what is known already.
    const isLarge = type !== messageYjsUpdate && offered.length > MAX_CLIENT_UPDATE_BYTES
    const bytes = isLarge ? withoutKnown(live.doc, offered) : offered
    const reading = readFrom(incoming, bytes, stateAfter(live.doc, []))
    const waits = early.waiting(connection) || buildsOnLostWords(live, reading)
    if (type === messageYjsUpdate && waits) {
      if (early.keep(connection, bytes)) {
        fates.push('early')
        continue
      }
      // Closing the one channel makes the client join it again, which begins with all that it has.
      connection.close({ code: 1013, reason: 'offer-again' })
      return fates
    }
    const former = answerToFormer(live, reading)
    if (former) {
      connection.sendStateless(JSON.stringify(former))
      fates.push('not-in-place')
      continue
    }
    const part = { kind: 'text', live, update: bytes, read: reading } as const
    const asked = await ask(connection, () => admit(door, { ...request, parts: [part] }))
    if (!asked) return fates
    fates.push(asked.answer.inPlace ? 'in-place' : 'not-in-place')
    tell(connection, live.name, asked.answer)
    const { verdict } = asked.answer
    if (verdict.verdict === 'denied')
      socket.refused(verdict.rule, isTypable(reading) ? 'small' : 'large')
  }
  return fates
}

/**
 * What was under way when a connection broke is lost, and the client's next words build on it. Nobody did wrong, so
 * it is no refusal. A gap in what a client offers on joining is another thing, and is judged.
 */
function buildsOnLostWords({ id, doc }: LiveDocument, reading: Reading): boolean {
  if (id.kind === 'tree') return false
  return reading.ok ? leavesGap(doc, reading.update) : reading.rule === GAP.rule
}

/** Nobody's keys make so many pieces at once. Of what is not decoded, the guard's own rules say whose fault it is. */
const isTypable = (reading: Reading): boolean =>
  reading.ok ? reading.update.structs.length < FEW : reading.rule.startsWith('update:')

function readFrom(
  { live, request, denied }: Incoming,
  bytes: Uint8Array,
  stateOf: StateOf,
): Reading {
  const asked = { live, actor: request.actor, stateOf, denied }
  return readUpdate(bytes, { stateOf, refused: (scan) => refusedAtFirstSight(asked, bytes, scan) })
}

/**
 * `null` when nothing could be logged, because the database is away: the socket is closed, so that the client keeps
 * what it has, shows that it is offline, comes back, and offers it again.
 */
async function ask<Answer>(
  connection: Connection,
  question: () => Promise<Answer>,
): Promise<{ readonly answer: Answer } | null> {
  try {
    return { answer: await question() }
  } catch (error) {
    log('error', 'admission.failed', { doc: connection.document.name, why: reasonOf(error) })
    connection.webSocket.close(1013, 'try-again')
    return null
  }
}

/** Its client counts what it has sent: one answer for each update, after the commit. */
function acknowledge(connection: Connection, socket: GuardedSocket, fates: readonly Fate[]): void {
  const status = (taken: boolean): Uint8Array =>
    new OutgoingMessage(connection.messageAddress).writeSyncStatus(taken).toUint8Array()
  const answers = { 'in-place': status(true), 'not-in-place': status(false) }
  socket.together(() => {
    for (const fate of fates) if (fate !== 'early') connection.send(answers[fate])
  })
}

/** Nothing needs saying of what simply landed, or joined the branch that the client has open. */
function tell(connection: Connection, name: string, { verdict, refusedText }: Admission): void {
  if (verdict.verdict === 'applied' || verdict.verdict === 'stale') return
  if (verdict.verdict === 'queued' && verdict.branch === name) return
  const { rule, why } = verdict
  const message: ServerMessage =
    verdict.verdict === 'queued'
      ? {
          type: 'verdict',
          verdict: 'queued',
          rule,
          why,
          patch: verdict.patch,
          ...(verdict.branch === null ? {} : { branch: verdict.branch }),
        }
      : { type: 'verdict', verdict: 'denied', rule, why, text: refusedText }
  connection.sendStateless(JSON.stringify(message))
}
