/** Short-lived tokens with which a browser joins one app's documents: minted by the studio, checked by collab-server. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export type CollabClaims = {
  readonly memberId: string
  readonly appId: string
  readonly workspaceId: string
  /** The one file that it is good for; without it, all of the app. */
  readonly fileId?: string | undefined
  /** Hex SHA-256 of the sign-in that asked: signing out ends what it opened. */
  readonly signIn: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export function mintCollabToken(claims: CollabClaims, serviceToken: string): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${body}.${sign(body, serviceToken)}`
}

/** The claims of a genuine, unexpired token; otherwise `null`. */
export function readCollabToken(
  token: string,
  serviceToken: string,
  now = Date.now(),
): CollabClaims | null {
  const [body, signature, ...rest] = token.split('.')
  if (!body || !signature || rest.length > 0) return null
  const expected = Buffer.from(sign(body, serviceToken))
  const given = Buffer.from(signature)
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as CollabClaims
  return claims.expiresAt > now ? claims : null
}

/** Which workspace a token says that it is for; nobody has looked yet whether it is genuine. */
export function claimedWorkspace(token: string): string | null {
  try {
    const [body = ''] = token.split('.', 1)
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown
    const id = (claims as Partial<CollabClaims> | null)?.workspaceId
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}

function sign(body: string, serviceToken: string): string {
  return createHmac('sha256', `collab-token:${serviceToken}`).update(body).digest('base64url')
}
