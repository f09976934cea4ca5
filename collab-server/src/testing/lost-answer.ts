/** A database whose connection is lost at the worst moment: after a commit, before its answer. */
import type { UpdateLog } from '@relpin/db/update-log.ts'

/** The next append is committed and throws all the same. The answer says whether that has happened. */
export function loseNextAnswer(updates: UpdateLog): () => boolean {
  const append = updates.append.bind(updates)
  let lost = false
  updates.append = async (what) => {
    updates.append = append
    await append(what)
    lost = true
    throw new Error('the connection to the database was lost')
  }
  return () => lost
}
