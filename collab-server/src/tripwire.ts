/** Every applied change must match an admission. One that does not freezes its document, is recorded, and alarms. */
import { isTransactionOrigin, type Document, type Extension } from '@hocuspocus/server'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { findWorkspace } from '@relpin/db/workspaces.ts'
import { ADMITTED, type LiveDocuments } from './live-documents.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'

export class Tripwire {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  readonly #frozen = new WeakSet<Document>()

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#documents = documents
  }

  isFrozen(document: Document): boolean {
    return this.#frozen.has(document)
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
        if (isAdmitted(transactionOrigin)) return
        await this.#alarm(document as Document)
      },
    }
  }

  async #alarm(document: Document): Promise<void> {
    this.#frozen.add(document)
    const live = this.#documents.of(document)
    if (live) live.frozen = true
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
            why: 'A change reached this document without an admission. It is frozen until it is loaded anew from the log.',
          },
        },
      ])
    } catch (error) {
      log('error', 'tripwire.not-recorded', { doc: document.name, why: reasonOf(error) })
    }
  }
}

/** Only the door applies, and marks what it applies: what a connection sends finds itself applied already. */
function isAdmitted(origin: unknown): boolean {
  if (!isTransactionOrigin(origin) || origin.source !== 'local') return false
  return (origin.context as { [ADMITTED]?: true } | undefined)?.[ADMITTED] === true
}
