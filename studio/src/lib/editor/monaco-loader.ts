/** Loads Monaco and what is built on it once, when the first editor needs it; never on the server. */
import type * as Loaded from './monaco.ts'

/** What is loaded at once: Monaco and all that is built directly on it. */
export type MonacoModule = typeof Loaded

let loading: Promise<MonacoModule> | null = null

export function loadMonaco(): Promise<MonacoModule> {
  // Written out, so that the server's bundle is built without it.
  if (import.meta.env.SSR) throw new Error('Monaco needs a browser.')
  loading ??= import('./monaco.ts')
  return loading
}
