/** What the status bar says about one's work: pure, from the facts of the connection and the open files. */
import type { ConnectionState } from './connection.svelte.ts'

export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'offline'; readonly unsaved: boolean }
  /** Something was refused and nobody has taken note of it yet. */
  | { readonly kind: 'denied'; readonly why: string }
  | { readonly kind: 'signed-out'; readonly unsaved: boolean }

export type OpenFileFacts = {
  /** Local changes that the server has not committed. */
  readonly unsynced: number
  readonly refusal: string | null
}

export function saveState(connection: ConnectionState, files: readonly OpenFileFacts[]): SaveState {
  const unsaved = files.some((file) => file.unsynced > 0)
  if (connection === 'signed-out') return { kind: 'signed-out', unsaved }
  const refusal = files.find((file) => file.refusal !== null)?.refusal
  if (refusal) return { kind: 'denied', why: refusal }
  if (connection === 'offline') return { kind: 'offline', unsaved }
  if (connection === 'connecting') return { kind: 'connecting' }
  return unsaved ? { kind: 'saving' } : { kind: 'saved' }
}

/** Leaving now would lose text. */
export function hasUnsavedWork(files: readonly OpenFileFacts[]): boolean {
  return files.some((file) => file.unsynced > 0)
}
