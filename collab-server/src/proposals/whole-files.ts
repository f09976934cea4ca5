/** What a file holds, as one digest: a decision about the whole file is bound to what was seen of it. */
import { createHash } from 'node:crypto'
import { textOf, type LiveDocument } from '../live-documents.ts'

export const textDigest = (live: LiveDocument): string =>
  createHash('sha256').update(textOf(live).toString()).digest('hex')
