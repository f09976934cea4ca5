/** A branch with what is known of the text in it that comes back. */
import { causesInBranch } from '@relpin/db/branch-causes.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { writerOf } from '../history/writer-of.ts'
import type { LiveDocument } from '../live-documents.ts'
import { BroughtBack } from './brought-back.ts'
import type { PlannedBranch } from './plan-resolution.ts'

/** The branch must be held, under its proposer's lock: nothing comes back in it meanwhile. */
export async function withBack(sql: Sql, branch: LiveDocument): Promise<PlannedBranch> {
  const causes = await causesInBranch(sql, branch.name, branch.generation)
  // A branch shares its bindings with its main.
  return { branch, back: new BroughtBack(causes, writerOf(branch)) }
}
