/** A sign-in without a password, for tests and benches that mint their own tokens: an append asks whether it stands. */
import { createHash } from 'node:crypto'
import type { Queryable } from '../connect.ts'
import { insertSignIn } from '../sign-ins.ts'

/** Hex SHA-256, as tokens name it. */
export const testSignInOf = (memberId: string): string =>
  createHash('sha256').update(`sign-in-of-${memberId}`).digest('hex')

export async function insertTestSignIn(sql: Queryable, memberId: string): Promise<void> {
  const tomorrow = new Date(Date.now() + 86_400_000)
  await insertSignIn(sql, Buffer.from(testSignInOf(memberId), 'hex'), memberId, tomorrow)
}
