/** The shapes of packages.mjs, for the tests. */
export function packagesState(root: string): 'fresh' | 'missing' | 'stale'
export function writeStamp(root: string): void
export function reasonIn(npmLog: string): string
export function installPackages(
  root: string,
  say: (line: string, how: 'progress' | 'line') => void,
): Promise<
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly why: string; readonly log: string }
>
