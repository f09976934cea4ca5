/** Passwords: Argon2id, and a check that takes the same time whether or not the member exists. */
import { hash, verify } from '@node-rs/argon2'

export const MIN_PASSWORD = 10
export const MAX_PASSWORD = 256

/** Stored PHC strings; the library's default algorithm is Argon2id with 19 MiB and 2 passes, as OWASP advises. */
export function hashPassword(password: string): Promise<string> {
  return hash(password)
}

let decoy: Promise<string> | null = null

/** `stored` is `null` for an unknown member: a hash is checked all the same, so that time tells nothing. */
export async function checkPassword(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('a password that nobody has')
  const matches = await verify(stored ?? (await decoy), password)
  return stored !== null && matches
}
