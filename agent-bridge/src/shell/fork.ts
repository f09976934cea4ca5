/** A copy of a view at one moment: the texts with the Yjs states they were read from, and the bytes of binary files. */
import type { Member } from '@relpin/authority/actors.ts'
import type { ViewEntry, ViewName, ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { getBlob, sha256Hex } from '@relpin/db/blobs.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import type { CollabClient } from '../collab-client.ts'

export type ForkedFile =
  | {
      readonly kind: 'text'
      readonly text: string
      /** Of the text in UTF-8. */
      readonly sha256: string
      /** Where an update goes, and what it is built on: others may have typed since. */
      readonly document: string
      readonly state: Uint8Array
    }
  | { readonly kind: 'binary'; readonly sha256: string; readonly size: number }

/** By path. What the actor may not read is not in it, so no secret file ever is in an agent's. */
export type Fork = ReadonlyMap<string, ForkedFile>

export type ForkOrder = {
  readonly collab: CollabClient
  readonly as: Member
  readonly workspaceId: string
  readonly view: ViewName
  readonly signal: AbortSignal
}

type Forked =
  { readonly ok: true; readonly fork: Fork } | { readonly ok: false; readonly why: string }

/** Files are read this many at a time. */
const AT_ONCE = 16
/** All of a project together; what is larger is no project to be copied for every command. */
const MAX_BYTES = 100 * 1024 * 1024

/** Secret files are left out whoever asks: what runs here is the project's own code. */
export async function forkView(order: ForkOrder): Promise<Forked> {
  const { collab, signal } = order
  const request = { as: order.as, workspaceId: order.workspaceId, view: order.view }
  const listed = await collab.post<{ entries: ViewEntry[] }>('/internal/view/list', request, signal)
  if (!listed.ok) return { ok: false, why: listed.problem.detail }
  const wanted = listed.value.entries.filter((entry) => entry.class !== 'secret')
  const bytes = wanted.reduce((sum, entry) => sum + (entry.size ?? 0), 0)
  if (bytes > MAX_BYTES) {
    const mb = Math.round(bytes / 1024 / 1024)
    return { ok: false, why: `This project has ${mb} MB. Commands run on at most 100 MB.` }
  }
  const fork = new Map<string, ForkedFile>()
  const queue = [...wanted]
  let problem: string | null = null
  const worker = async (): Promise<void> => {
    for (let entry = queue.shift(); entry && problem === null; entry = queue.shift()) {
      if (entry.kind === 'binary') {
        const { sha256 = '', size } = entry
        fork.set(entry.path, { kind: 'binary', sha256, size: size ?? 0 })
        continue
      }
      const read = await collab.post<ViewReadResponse>(
        '/internal/view/read',
        { ...request, path: entry.path, purpose: 'change' },
        signal,
      )
      if (!read.ok) problem = read.problem.detail
      // What was deleted or closed to the actor since the listing is simply not there.
      else if (read.value.found === 'text') fork.set(entry.path, forkedText(read.value))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return problem === null ? { ok: true, fork } : { ok: false, why: problem }
}

function forkedText(read: Extract<ViewReadResponse, { found: 'text' }>): ForkedFile {
  const { text, document } = read
  return {
    kind: 'text',
    text,
    sha256: sha256Hex(text),
    document,
    state: Buffer.from(read.state, 'base64'),
  }
}

/** The bytes of one file as they are put into a capsule. Throws when a stored blob is missing. */
export async function bytesOf(sql: Queryable, file: ForkedFile): Promise<Buffer> {
  if (file.kind === 'text') return Buffer.from(file.text, 'utf8')
  const bytes = await getBlob(sql, file.sha256)
  if (!bytes) throw new Error(`the content ${file.sha256} is missing`)
  return bytes
}
