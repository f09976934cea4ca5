/** Sends what goes back through the door like everything else: as one admission, and one patch of its own. */
import { signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import type { Cause, Restored } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import { randomUUID } from 'node:crypto'
import type { GoingBack, Part } from '../admission.ts'
import { admit } from '../admit.ts'
import type { LiveDocument } from '../live-documents.ts'
import type { ResolveContext } from '../proposals/resolve.ts'
import { submit } from '../proposals/submit.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { rewrite, type Step } from './rewrite.ts'

/** A document and what becomes of everything in it. */
export type Rewritten = { readonly live: LiveDocument; readonly steps: readonly Step[] }

type BackCommand = {
  readonly actor: Commander
  readonly state: WorkspaceState
  readonly action: GoingBack['action']
  /** For people, in the audit log. */
  readonly target: string
  /** Of the patch that this becomes. */
  readonly title: string
  readonly documents: readonly Rewritten[]
  readonly tree: readonly Part[]
  readonly causeOf: (restored: readonly Restored[]) => Cause
}

/** The documents must be held in memory, and the workspace locked. `null` when there is nothing to do. */
export async function goBack(
  context: ResolveContext,
  command: BackCommand,
): Promise<Verdict | null> {
  const { actor, state, action, target } = command
  const parts: Part[] = [...command.tree]
  const causes = new Map<string, Cause>()
  const writers = new Map<number, Author>()
  for (const { live, steps } of command.documents) {
    const made = rewrite(live.doc, steps)
    if (!made) continue
    parts.push({ kind: 'text', live, update: made.update })
    causes.set(live.name, command.causeOf(made.restored))
    for (const [client, writer] of made.writers) writers.set(client, writer)
  }
  if (parts.length === 0) return null
  const intent = { id: `${action}:${randomUUID()}`, title: command.title.slice(0, 300) }
  const back: GoingBack = { action, target, causes, writers }
  const { verdict } = await admit(context, {
    ...{ actor, state, parts, intent, back, from: 'service' },
    signIn: signInOf(actor),
  })
  // One command is one whole suggestion: nobody will go on typing it.
  if (verdict.verdict === 'queued') await submit(context, state, actor, { intentId: intent.id })
  return verdict
}
