/** Puts the parts together: one HTTP server on a unix socket, with the internal API and the live documents. */
import { Hocuspocus, type Connection, type Document, type Extension } from '@hocuspocus/server'
import { connect } from '@relpin/db/connect.ts'
import { collabSocket, type ServiceConfig } from '@relpin/db/service-config.ts'
import { UpdateLog } from '@relpin/db/update-log.ts'
import { Archiver } from './archive/archiver.ts'
import { authenticate } from './authenticate.ts'
import { Authorities } from './authorities.ts'
import { Bursts } from './bursts.ts'
import { listen } from './cluster/listen.ts'
import { readNode } from './cluster/node.ts'
import { ColdTexts } from './cold-texts.ts'
import type { ConnectionContext } from './connection-context.ts'
import { gate } from './gate.ts'
import { guardAwareness } from './guard-awareness.ts'
import { Home } from './home.ts'
import { KeyedMutex } from './keyed-mutex.ts'
import { audienceOf, LiveDocuments } from './live-documents.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { readLimits } from './limits.ts'
import { log } from './log.ts'
import { MemberSockets } from './member-sockets.ts'
import { OpenConnections } from './open-connections.ts'
import { plainDocuments } from './plain-document.ts'
import { Persistence } from './persistence.ts'
import { PatchBook } from './proposals/patch-book.ts'
import { PendingFeed } from './proposals/pending-feed.ts'
import { settleGone } from './proposals/settle-gone.ts'
import { PendingIndex } from './proposals/pending-index.ts'
import { listenForRevocations } from './revoke-access.ts'
import type { InternalContext } from './route-parts.ts'
import { acceptSockets } from './sockets.ts'
import { Tripwire } from './tripwire.ts'
import { WorkspaceStates } from './workspace-states.ts'

const MAX_STRANGER_BYTES = 256 * 1024
const MAX_STRANGER_MESSAGES = 500

export type CollabServer = {
  readonly hocuspocus: Hocuspocus
  readonly context: InternalContext
  readonly archiver: Archiver
  readonly stop: () => Promise<void>
}

/** Listens on `collab.sock`. The database must be migrated. */
export async function startCollabServer(
  config: ServiceConfig,
  node = readNode(config),
): Promise<CollabServer> {
  const sql = connect(config.databaseUrl, { max: 12 })
  const updates = new UpdateLog(sql)
  const documents = new LiveDocuments()
  const home = new Home(sql, node, (workspaceId) => {
    workspaces.forget(workspaceId)
    index.forget(workspaceId)
    context.patches.forgetWorkspace(workspaceId)
    texts.forgetAll()
    const sockets = new Set<Connection['webSocket']>()
    for (const live of [...documents.all()]) {
      if (live.workspaceId !== workspaceId) continue
      try {
        // Everybody joins again with what they have; who has a branch that was rebased elsewhere is told so then.
        for (const connection of audienceOf(live).getConnections()) {
          sockets.add(connection.webSocket)
          connection.close({ code: 1013, reason: 'offer-again' })
        }
        documents.discard(live, JSON.stringify({ type: 'rebased' }))
      } catch (error) {
        // The others must not stay behind with a former home for that.
        log('error', 'document.not-discarded', { doc: live.name, why: reasonOf(error) })
      }
    }
    // The next one goes to whichever node is the home then.
    for (const socket of sockets) socket.close(1013, 'come-again')
  })
  updates.onUnanswered = (append) => {
    home.lost(append)
  }
  const workspaces = new WorkspaceStates(sql, home, documents)
  const authorities = new Authorities(sql)
  const limits = readLimits(process.env['RELPIN_LIMITS'])
  const connections = new OpenConnections(config.collabTokenMs)
  const index = new PendingIndex(sql, documents)
  const feed = new PendingFeed(documents, workspaces, index)
  index.onTreeChange = (workspaceId) => {
    feed.changed(workspaceId, [])
    void settle(workspaceId)
  }
  const settle = async (workspaceId: string): Promise<void> => {
    try {
      const state = await workspaces.open(workspaceId)
      if (state) await settleGone(context, state)
    } catch (error) {
      // Whoever looks at the proposals next settles it.
      log('warn', 'proposals.not-settled', { workspaceId, why: reasonOf(error) })
    }
  }
  const texts = new ColdTexts(sql, documents)
  documents.onOpen = (live) => {
    texts.opened(live)
  }
  const bursts = new Bursts(sql)
  const context: InternalContext = {
    sql,
    updates,
    home,
    documents,
    workspaces,
    authorities,
    bursts,
    index,
    texts,
    patches: new PatchBook(sql),
    locks: new KeyedMutex(),
    onPendingChange: (workspaceId, fileIds, what) => {
      index.changed(workspaceId, fileIds, what)
      feed.changed(workspaceId, fileIds)
    },
    onMainChange: (workspaceId, fileIds) => {
      const concerned = index.withBranches(workspaceId, fileIds)
      if (concerned.length === 0) return
      index.changed(workspaceId, concerned, 'text')
      feed.changed(workspaceId, concerned)
    },
  }
  const archiver = new Archiver(sql, documents, home)
  const persistence = new Persistence(sql, updates, documents, archiver, home)
  const tripwire = new Tripwire(sql, documents)
  const hocuspocus = new Hocuspocus<ConnectionContext>({
    quiet: true,
    // What comes before anybody is known is held in memory: little, and not for long.
    maxUnauthenticatedQueueSize: MAX_STRANGER_BYTES,
    maxUnauthenticatedQueueMessages: MAX_STRANGER_MESSAGES,
    extensions: [
      authenticate({
        sql,
        serviceToken: config.serviceToken,
        authorities,
        workspaces,
        connections,
        memberSockets: new MemberSockets(limits.socketsPerMember),
      }),
      tripwire.extension(),
      persistence.extension(),
      guardAwareness(documents),
      greeting(feed, documents),
      gate(context, tripwire),
    ],
  })
  documents.attach(hocuspocus as Hocuspocus)
  const unlisten = await listenForRevocations(sql, authorities, connections, (workspaceId) => {
    // What is open of it goes with its connections; nothing of it is opened again.
    workspaces.forget(workspaceId)
    index.forget(workspaceId)
    texts.forgetAll()
  })

  const sockets = acceptSockets(
    hocuspocus as Hocuspocus,
    limits,
    plainDocuments(config.serviceToken, authorities, workspaces),
  )
  await home.start()
  const listening = await listen(context, {
    socketPath: collabSocket(config),
    token: config.serviceToken,
    accept: sockets.accept,
  })
  archiver.start()
  let stopping: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    // From here on others take over: nothing new comes in, and browsers come again elsewhere.
    home.drain()
    listening.close()
    sockets.close()
    connections.stop()
    await unlisten()
    await feed.stop()
    await index.stop()
    await bursts.closeAll()
    await archiver.stop()
    await home.stop()
    await sql.end({ timeout: 5 })
  }
  return {
    hocuspocus: hocuspocus as Hocuspocus,
    context,
    archiver,
    stop: () => (stopping ??= stop()),
  }
}

/** A connection that opens a document is told at once what waits in it. */
function greeting(feed: PendingFeed, documents: LiveDocuments): Extension<ConnectionContext> {
  return {
    extensionName: 'greeting',
    connected: async ({ connection }) => {
      const document = connection.document as Document
      const live = documents.of(document)
      if (!live) return
      try {
        await feed.greet(document, connection as Connection, live.workspaceId)
      } catch (error) {
        log('warn', 'pending.greeting-failed', { doc: document.name, why: reasonOf(error) })
      }
    },
  }
}
