/** A browser window that notes when it saw something, by the machine's clock, so that two windows can be compared. */
import type { Browser, Page } from '@playwright/test'
import { Workspace } from '../support/workspace.ts'

/** Lines of the page's own script; the tests' TypeScript knows nothing of the browser's globals. */
const NOW = 'performance.timeOrigin + performance.now()'

export async function openWindow(
  browser: Browser,
  url: string,
  token: string,
  app: { readonly slug: string },
  path: string,
): Promise<Workspace> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } })
  await context.addCookies([{ name: 'relpin_sign_in', value: token, url }])
  const workspace = new Workspace(await context.newPage(), app)
  await workspace.enter(path)
  return workspace
}

/** Notes the time of every key that goes down. */
export async function noteKeys(page: Page): Promise<void> {
  await page.evaluate(`{
    window.benchKeys = []
    addEventListener('keydown', () => window.benchKeys.push(${NOW}), { capture: true })
  }`)
}

export const keysNoted = (page: Page): Promise<number[]> => page.evaluate('window.benchKeys')

/** Notes when the text after `marker` was first seen with each length, in what the editor draws. */
export async function noteGrowth(page: Page, marker: string): Promise<void> {
  await page.evaluate(`{
    window.benchSeen = []
    const look = () => {
      const text = document.querySelector('.view-lines').textContent.replaceAll('\\u00a0', ' ')
      const at = text.indexOf(${JSON.stringify(marker)})
      const grown = at < 0 ? 0 : text.length - at - ${marker.length}
      while (window.benchSeen.length < grown) window.benchSeen.push(${NOW})
    }
    new MutationObserver(look).observe(document.querySelector('.view-lines'), {
      subtree: true, childList: true, characterData: true,
    })
    look()
  }`)
}

export const growthNoted = (page: Page): Promise<number[]> => page.evaluate('window.benchSeen')

/** Resolves with the moment in which the editor first draws `text`. */
export function seenAt(page: Page, text: string): Promise<number> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const lines = document.querySelector('.view-lines')
    const late = setTimeout(() => reject(new Error('never seen')), 60_000)
    const look = () => {
      if (!lines.textContent.replaceAll('\\u00a0', ' ').includes(${JSON.stringify(text)})) return
      clearTimeout(late)
      observer.disconnect()
      resolve(${NOW})
    }
    const observer = new MutationObserver(look)
    observer.observe(lines, { subtree: true, childList: true, characterData: true })
    look()
  })`)
}
