/** Words that somebody has typed into the third line of a file and that wait for approval. */
import type { TestApp } from './app.ts'
import type { StudioFixture } from './studio-test.ts'
import type { Workspace } from './workspace.ts'

/** A Reviewer has written ` of the shop`: their window, and the short id of the draft. */
export async function wordsOfReviewer(
  studio: StudioFixture,
  app: TestApp,
  path = 'src/price.ts',
): Promise<{ readonly reviewer: Workspace; readonly patch: string }> {
  const reviewer = await studio.workspace('reviewer', app, path)
  await reviewer.type(' of the shop', 3)
  await reviewer.saved()
  const [patch] = await app.patches('open')
  return { reviewer, patch: patch?.id ?? '' }
}
