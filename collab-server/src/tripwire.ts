/** Every applied change must match an admission. One that does not freezes its document, is recorded, and alarms. */
import {
  isTransactionOrigin,
  type Connection,
  type Document,
  type Extension,
} from '@hocuspocus/server'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { findWorkspace } from '@relpin/db/workspaces.ts'
import { ADMITTED, type LiveDocuments } from './live-documents.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'

export class Tripwire {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  /** Admitted updates that a connection is about to apply. */
  readonly #expected = new WeakMap<Connection, number>()
  readonly #frozen = new WeakSet<Document>()

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#documents = documents
  }

  /** The next change that comes from this connection was admitted. */
  expect(connection: Connection): void {
    // One at a time: a connection's messages are handled one after the other, and an empty one changes nothing.
    this.#expected.set(connection, 1)
  }

  extension(): Extension {
    return {
      extensionName: 'tripwire',
      priority: 1000,
      beforeSync: async ({ document }) => {
        if (this.#frozen.has(document as Document)) throw new Error('')
      },
      // Runs after the fact and cannot veto; a throw here would end the process.
      onChange: async ({ document, transactionOrigin }) => {
        if (this.#admitted(transactionOrigin)) return
        await this.#alarm(document as Document)
      },
    }
  }

  #admitted(origin: unknown): boolean {
    if (!isTransactionOrigin(origin)) return false
    if (origin.source === 'local') {
      return (origin.context as { [ADMITTED]?: true } | undefined)?.[ADMITTED] === true
    }
    if (origin.source !== 'connection') return false
    const left = this.#expected.get(origin.connection) ?? 0
    this.#expected.delete(origin.connection)
    return left > 0
  }

  async #alarm(document: Document): Promise<void> {
    this.#frozen.add(document)
    const live = this.#documents.of(document)
    log('error', 'tripwire', { doc: document.name })
    for (const connection of document.getConnections())
      connection.close({ code: 4500, reason: 'frozen' })
    try {
      const workspace = live ? await findWorkspace(this.#sql, live.workspaceId) : null
      if (!workspace) return
      await appendAudit(this.#sql, [
        {
          orgId: workspace.orgId,
          appId: workspace.appId,
          actorKind: 'system',
          action: 'file.write',
          target: document.name,
          decision: 'denied',
          rule: 'tripwire',
          detail: {
            why: 'A change reached this document without an admission. It is frozen until the server restarts.',
          },
        },
      ])
    } catch (error) {
      log('error', 'tripwire.not-recorded', { doc: document.name, why: reasonOf(error) })
    }
  }
}
