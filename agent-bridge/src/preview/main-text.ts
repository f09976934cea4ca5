/** Follows main: what a preview holds of it, and which files differ since it was looked last. */
import type { Person } from '@relpin/authority/actors.ts'
import { treeDocument } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { TreeFile } from '../capsules/driver.ts'
import type { CollabClient } from '../collab-client.ts'
import { bytesOf, forkView, type Fork } from '../shell/fork.ts'

export type MainOrder = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly workspaceId: string
  /** Whoever opened the preview: it shows what they may read. Secret files are never in it. */
  readonly as: Person
}

/** The message is a sentence for people. */
export class MainUnreadable extends Error {}

export class MainText {
  readonly #order: MainOrder
  #positions = new Map<string, string>()
  #holds: Fork = new Map()

  constructor(order: MainOrder) {
    this.#order = order
  }

  /** A text as it was when changes were last asked for. */
  text(path: string): string | null {
    const file = this.#holds.get(path)
    return file?.kind === 'text' ? file.text : null
  }

  /** What is to be put over what was given before; everything at first. Throws `MainUnreadable` when it may not be read. */
  async changes(signal: AbortSignal): Promise<TreeFile[]> {
    const positions = await this.#look()
    const moved = [...positions].some(([doc, at]) => this.#positions.get(doc) !== at)
    if (!moved && this.#positions.size > 0) return []
    const { collab, as, workspaceId, sql } = this.#order
    const view = { kind: 'main' } as const
    const forked = await forkView({ collab, as, workspaceId, view, signal })
    if (!forked.ok) throw new MainUnreadable(forked.why)
    const files: TreeFile[] = []
    for (const path of this.#holds.keys())
      if (!forked.fork.has(path)) files.push({ path, remove: true })
    for (const [path, file] of forked.fork) {
      if (this.#holds.get(path)?.sha256 !== file.sha256)
        files.push({ path, content: await bytesOf(sql, file) })
    }
    this.#holds = forked.fork
    // Read before the texts: what was typed in between is seen again the next time.
    this.#positions = positions
    return files
  }

  /** How far the log of each of main's documents goes, by one look into an index for each. */
  async #look(): Promise<Map<string, string>> {
    const { sql, workspaceId } = this.#order
    const rows = await sql<{ doc: string; at: string }[]>`
      select d.doc, coalesce(l.seq::text, '') as at
      from (select 'file/' || id as doc from files where workspace_id = ${workspaceId}
            union all select ${treeDocument(workspaceId)}) d
      left join lateral (select seq from update_log u where u.doc = d.doc order by seq desc limit 1) l on true`
    return new Map(rows.map(({ doc, at }) => [doc, at]))
  }
}
