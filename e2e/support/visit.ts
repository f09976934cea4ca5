/** Opens a page of somebody who is signed in, and waits until it listens to clicks. */
import type { Page } from '@playwright/test'

/** Pages come rendered from the server; each begins to follow the activity as soon as it is alive. */
export async function visit(page: Page, path: string): Promise<void> {
  const alive = page.waitForRequest(/\/api\/audit\/stream/)
  await page.goto(path)
  await alive
}
