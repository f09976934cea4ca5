/** Which live document a person edits when they open a file: main, their own branch, or main to read only. */
import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import { decide, type Subject } from '@relpin/authority/decide.ts'
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'

export type DocumentChoice =
  | { readonly mode: 'write'; readonly document: string }
  /** Typed text waits for approval; `why` is the rule in words. */
  | {
      readonly mode: 'propose'
      readonly document: string
      readonly why: string
      /** `chosen`: by the switch, so that it can be turned off; `required`: by the rule. */
      readonly cause: 'chosen' | 'required'
    }
  | { readonly mode: 'read'; readonly document: string; readonly why: string }

/**
 * `entry` is `null` for a file that exists only in a proposal: its text lives in the branch of `proposerId`, and only
 * they go on typing there. `suggesting` is the person's own switch: what they could write directly waits as well.
 */
export function chooseDocument(
  subject: Subject,
  fileId: string,
  entry: TreeEntry | null,
  proposerId: string | null = null,
  suggesting = false,
): DocumentChoice {
  const main = fileDocument(fileId)
  const { actor } = subject
  if (entry === null && actor.kind === 'person' && actor.memberId === proposerId) {
    return {
      mode: 'propose',
      document: branchDocument(proposerId, fileId),
      why: 'This new file waits for approval. You can go on typing.',
      cause: 'required',
    }
  }
  if (entry === null || actor.kind !== 'person') {
    return {
      mode: 'read',
      document: main,
      why: 'This file is only proposed. It can be edited when it is approved.',
    }
  }
  const decision = decide({
    action: 'file.write',
    subject,
    pathClass: entry.class,
    proposeFirst: false,
  })
  switch (decision.effect) {
    case 'allow':
      return suggesting
        ? {
            mode: 'propose',
            document: branchDocument(actor.memberId, fileId),
            why: 'Suggesting is on: what you type waits until you accept it or somebody approves it.',
            cause: 'chosen',
          }
        : { mode: 'write', document: main }
    case 'queue':
      return {
        mode: 'propose',
        document: branchDocument(actor.memberId, fileId),
        why: decision.why,
        cause: 'required',
      }
    case 'deny':
      return { mode: 'read', document: main, why: decision.why }
  }
}
