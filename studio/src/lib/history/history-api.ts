/** A file's past over HTTP: whose hands, which steps, how it was, and the way back. */
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import type {
  BlameResponse,
  DeletedFile,
  HandsResponse,
  HistoryStep,
  TextAtResponse,
} from '@relpin/authority/contracts/history.ts'
import { call, type Answer } from '#lib/api/client.ts'
import type { Page } from '#lib/api/shapes.ts'

/** What went through: at once, or into a patch that waits. Refusals are problems. */
export type Accepted = Extract<Verdict, { verdict: 'applied' | 'queued' }> & {
  /** Of each thing that could not be taken back: why, as a sentence. */
  readonly left: readonly string[]
}

type Fetch = typeof globalThis.fetch
/** A file by its id: its history stays its own when it is renamed. */
export type FilePlace = { readonly app: string; readonly fileId: string }

const base = ({ app, fileId }: FilePlace): string =>
  `/api/apps/${encodeURIComponent(app)}/history/${encodeURIComponent(fileId)}`

export const askHands = (place: FilePlace): Promise<Answer<HandsResponse>> =>
  call(fetch, 'GET', `${base(place)}/hands`)

export const askBlame = (place: FilePlace): Promise<Answer<BlameResponse>> =>
  call(fetch, 'GET', `${base(place)}/blame`)

/** Newest first; `cursor` is a page's `next`. */
export const askSteps = (
  place: FilePlace,
  cursor: string | null = null,
  fetcher: Fetch = fetch,
): Promise<Answer<Page<HistoryStep>>> =>
  call(
    fetcher,
    'GET',
    `${base(place)}${cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`}`,
  )

/** Latest first. */
export const askDeleted = (
  app: string,
  fetcher: Fetch = fetch,
): Promise<Answer<Page<DeletedFile>>> =>
  call(fetcher, 'GET', `/api/apps/${encodeURIComponent(app)}/deleted-files`)

export const askTextAt = (place: FilePlace, seq: number): Promise<Answer<TextAtResponse>> =>
  call(fetch, 'GET', `${base(place)}/at?seq=${seq}`)

export const revertTo = (place: FilePlace, seq: number): Promise<Answer<Accepted>> =>
  call(fetch, 'POST', `${base(place)}/revert`, { seq })

/** A deleted file as it was at last, text or binary. */
export const bringBack = (app: string, fileId: string): Promise<Answer<Accepted>> =>
  call(fetch, 'POST', `/api/apps/${encodeURIComponent(app)}/deleted-files/${fileId}/bring-back`)

export const undoPatch = (app: string, patch: string): Promise<Answer<Accepted>> =>
  call(
    fetch,
    'POST',
    `/api/apps/${encodeURIComponent(app)}/patches/${encodeURIComponent(patch)}/undo`,
  )
