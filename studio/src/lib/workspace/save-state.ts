/** What the status bar says about one's work: pure, from the facts of the connection and the open files. */
import type { ConnectionState } from './connection.svelte.ts'

type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'offline'; readonly unsaved: boolean }
  /** Something was refused and nobody has taken note of it yet. */
  | { readonly kind: 'denied'; readonly why: string }
  | { readonly kind: 'signed-out'; readonly unsaved: boolean }

type WorkFacts = {
  /** Something is written that the server has not committed. */
  readonly unsaved: boolean
  /** The server has not answered for long: it is there, and what it writes to is not. */
  readonly late: boolean
  /** Why something was refused that nobody has taken note of. */
  readonly refusal: string | null
}

export function saveState(
  connection: ConnectionState,
  { unsaved, late, refusal }: WorkFacts,
): SaveState {
  if (connection === 'signed-out') return { kind: 'signed-out', unsaved }
  if (connection === 'offline' || (unsaved && late)) return { kind: 'offline', unsaved }
  if (refusal !== null) return { kind: 'denied', why: refusal }
  if (connection === 'connecting') return { kind: 'connecting' }
  return unsaved ? { kind: 'saving' } : { kind: 'saved' }
}
