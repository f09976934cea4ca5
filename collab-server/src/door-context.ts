/** What the door and its helpers work with. */
import type { Sql } from '@relpin/db/connect.ts'
import type { UpdateLog } from '@relpin/db/update-log.ts'
import type { Authorities } from './authorities.ts'
import type { Bursts } from './bursts.ts'
import type { Home } from './home.ts'
import type { KeyedMutex } from './keyed-mutex.ts'
import type { LiveDocuments } from './live-documents.ts'
import type { PendingChange } from './proposals/pending-index.ts'
import type { PatchBook } from './proposals/patch-book.ts'
import type { WorkspaceStates } from './workspace-states.ts'

export type DoorContext = {
  readonly sql: Sql
  readonly updates: UpdateLog
  readonly home: Home
  readonly documents: LiveDocuments
  readonly workspaces: WorkspaceStates
  readonly authorities: Authorities
  readonly bursts: Bursts
  readonly patches: PatchBook
  readonly locks: KeyedMutex
  /** Called after something began or ceased to wait in these files. */
  readonly onPendingChange: (
    workspaceId: string,
    fileIds: readonly string[],
    what: PendingChange,
  ) => void
  /** Called after these files' main text changed: what waits in them stands elsewhere now. */
  readonly onMainChange: (workspaceId: string, fileIds: readonly string[]) => void
}
