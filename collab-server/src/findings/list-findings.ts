/** The findings of a workspace as people see them: with their lines in the text as it is now, and what was replied. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { listFindings, repliesOf, type FindingRow } from '@relpin/db/findings.ts'
import { textOf } from '../live-documents.ts'
import type { InternalContext } from '../route-parts.ts'
import { entryOf } from '../tree.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { linesOf, rangeOf } from './anchors.ts'

const MAX_LISTED = 1_000

/** By path and place, those whose text is gone at the end of their file; `id` picks one. */
export async function describeFindings(
  context: InternalContext,
  state: WorkspaceState,
  which: { readonly state?: FindingRow['state'] | undefined; readonly id?: string | undefined },
): Promise<readonly Finding[]> {
  const rows = await listFindings(context.sql, state.workspace.id, { ...which, limit: MAX_LISTED })
  const replies = await repliesOf(
    context.sql,
    rows.map(({ id }) => id),
  )
  const findings: Finding[] = []
  for (const [fileId, inFile] of Map.groupBy(rows, (row) => row.fileId)) {
    const path = entryOf(state.tree.doc, fileId)?.path
    const lines = path === undefined ? null : await linesInFile(context, fileId, inFile)
    for (const row of inFile) {
      findings.push(
        describe(row, path ?? row.path, lines?.get(row.id) ?? null, replies.get(row.id) ?? []),
      )
    }
  }
  return findings.sort(inOrder)
}

async function linesInFile(
  context: InternalContext,
  fileId: string,
  rows: readonly FindingRow[],
): Promise<ReadonlyMap<string, NonNullable<Finding['lines']>>> {
  await using held = await context.documents.open(fileDocument(fileId))
  const text = textOf(held.live)
  const content = text.toString()
  return new Map(
    rows.flatMap((row) => {
      const range = rangeOf(text, row)
      return range ? [[row.id, linesOf(content, range)] as const] : []
    }),
  )
}

function describe(
  row: FindingRow,
  path: string,
  lines: Finding['lines'],
  replies: Finding['replies'],
): Finding {
  const { resolver, resolvedAt, patch, patchState } = row
  return {
    id: row.id,
    fileId: row.fileId,
    path,
    severity: row.severity,
    message: row.message,
    quote: row.quote,
    from: row.from,
    to: row.to,
    lines,
    author: { ...row.author, agent: true },
    sessionId: row.sessionId,
    at: row.at.toISOString(),
    state: row.state,
    resolved: resolver && resolvedAt ? { by: resolver, at: resolvedAt.toISOString() } : null,
    suggestion: patch !== null && patchState !== null ? { patch, state: patchState } : null,
    replies,
  }
}

function inOrder(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return (a.lines?.first ?? Infinity) - (b.lines?.first ?? Infinity) || a.at.localeCompare(b.at)
}
