/** Which pages may speak to the studio with a person's cookie: its own, and nobody else's. */

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * True when a request with this `Origin` comes from the studio's own pages. On a machine of one's own, `localhost` and
 * `127.0.0.1` are the same place, so there the page's own host counts; another port is another origin all the same.
 */
export function isOwnOrigin(origin: string, host: string | null, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false
  const from = new URL(origin)
  const own = new URL(publicUrl)
  if (from.origin === own.origin) return true
  return (
    LOOPBACK.has(own.hostname) &&
    LOOPBACK.has(from.hostname) &&
    from.protocol === own.protocol &&
    from.host === host
  )
}
