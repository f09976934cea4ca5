/** Loads Monaco once, when the first editor needs it. */
import type { MonacoApi } from './monaco.ts'

let loading: Promise<MonacoApi> | null = null

export function loadMonaco(): Promise<MonacoApi> {
  loading ??= import('./monaco.ts').then((module) => module.monaco)
  return loading
}
