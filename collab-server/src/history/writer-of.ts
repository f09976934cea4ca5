/** Who wrote what a client id typed, for text that is brought back. */
import type { Author } from '@relpin/db/update-log.ts'
import type { LiveDocument } from '../live-documents.ts'

const NOBODY: Author = { memberId: null, sessionId: null, patchId: null, approverId: null }

export function writerOf({ bindings }: LiveDocument): (client: number) => Author {
  return (client) => bindings.get(client) ?? NOBODY
}
