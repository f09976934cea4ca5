/** Where to go after sign-in: only to a page of this studio, never to an address that somebody slipped in. */
export function nextPage(wanted: string | null): string {
  if (!wanted?.startsWith('/') || wanted.startsWith('//') || wanted.includes('\\')) return '/'
  return wanted
}
