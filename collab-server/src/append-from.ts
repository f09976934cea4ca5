/** What every append is held against at its commit: this process as the home, and the authority it was judged by. */
import type { Append, JudgedBy } from '@relpin/db/update-log.ts'
import type { RowsInFlight } from './append-rows.ts'
import type { WorkspaceState } from './workspace-states.ts'

const NOTHING: Pick<RowsInFlight, 'rows' | 'bindings'> = { rows: [], bindings: [] }

/** `by` is null for what stands whoever asked: a refusal, or what the platform writes by itself. */
export function appendFrom(
  { workspace, lease }: Pick<WorkspaceState, 'workspace' | 'lease'>,
  by: JudgedBy | null,
  { rows, bindings } = NOTHING,
): Omit<Append, 'audit' | 'also'> {
  return {
    workspaceId: workspace.id,
    fence: lease.fence,
    authority: by ? [by] : [],
    rows,
    bindings,
  }
}
