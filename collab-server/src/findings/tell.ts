/** Everybody who has the workspace open hears that its findings are others now, and looks. */
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { treeDocument } from '@relpin/authority/document-names.ts'
import { audienceOf, type LiveDocuments } from '../live-documents.ts'

const CHANGED: ServerMessage = { type: 'findings' }

export function tellOfFindings(
  { documents }: { readonly documents: LiveDocuments },
  workspaceId: string,
): void {
  const tree = documents.get(treeDocument(workspaceId))
  if (tree) audienceOf(tree).broadcastStateless(JSON.stringify(CHANGED))
}
