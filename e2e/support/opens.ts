/** Pages come rendered from the server and listen a moment later: a click that came too early is made again. */
import { expect, type Locator } from '@playwright/test'

export async function opens(button: Locator, shown: Locator): Promise<void> {
  await expect(async () => {
    await button.click()
    await expect(shown).toBeVisible({ timeout: 2_000 })
  }).toPass()
}
