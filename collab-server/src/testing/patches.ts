/** Patches as their author submits them and as a reviewer sees and decides them, over the internal API. */
import type { Member } from '@relpin/authority/actors.ts'
import type {
  PatchDetail,
  PatchSummary,
  ResolveResponse,
} from '@relpin/authority/contracts/collab.ts'
import type { TestStudio } from './studio.ts'

/** `what` names the patch, or the turn that it is of; without it it is the draft that a person types. */
export function submitPatch(
  studio: TestStudio,
  as: Member,
  what: {
    readonly patch?: string | undefined
    readonly intentId?: string
    readonly title?: string
  } = {},
): Promise<PatchSummary> {
  const { id: workspaceId } = studio.workspace
  return studio.post('/internal/patches/submit', { as, workspaceId, ...what })
}

export function patchDetail(studio: TestStudio, patch: string): Promise<PatchDetail> {
  return studio.post('/internal/patches/detail', { workspaceId: studio.workspace.id, patch })
}

/** Of its open hunks, in order. */
export function digestsIn({ diffs }: PatchDetail): readonly string[] {
  return diffs.flatMap((file) => file.hunks.map(({ digest }) => digest))
}

/** `hunks` are digests. */
export function decidePatch(
  studio: TestStudio,
  as: Member,
  patch: string,
  decision: 'approve' | 'reject',
  hunks: readonly string[],
): Promise<ResolveResponse> {
  const { id: workspaceId } = studio.workspace
  return studio.post('/internal/patches/resolve', { as, workspaceId, patch, decision, hunks })
}
