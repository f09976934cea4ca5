/** Which document a plain client edits: the file, or, for whose edits wait, their own branch of it. */
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { decide } from '@relpin/authority/decide.ts'
import { readCollabToken } from '@relpin/db/collab-token.ts'
import { subjectOf } from '@relpin/db/members-authority.ts'
import type { Authorities } from './authorities.ts'
import { placeOf, type WorkspaceStates } from './workspace-states.ts'

export type PlainDocuments = (token: string, fileId: string) => Promise<string>

/** Opens nothing: whether the token is good for what is named here is found out when it is opened. */
export function plainDocuments(
  serviceToken: string,
  authorities: Authorities,
  workspaces: WorkspaceStates,
): PlainDocuments {
  return async (token, fileId) => {
    const claims = readCollabToken(token, serviceToken)
    const authority = claims && (await authorities.get(claims.memberId))
    const state = authority && (await workspaces.open(claims.workspaceId))
    const place = state && placeOf(state, fileId)
    if (!claims || !authority || !place) return fileDocument(fileId)
    const { effect } = decide({
      subject: subjectOf({ kind: 'person', memberId: claims.memberId }, authority),
      action: 'file.write',
      pathClass: place.pathClass,
      proposeFirst: false,
    })
    return effect === 'queue' ? branchDocument(claims.memberId, fileId) : fileDocument(fileId)
  }
}
