/** Two people with a browser each, both in one file, and a clock in each page: one machine, one clock. */
import { chromium, type Browser, type Page } from 'playwright'
import { api } from '../../support/api.ts'
import type { TestApp } from '../../support/app.ts'
import { CHROMIUM_ARGS, chromiumPath } from '../../support/chromium.ts'
import { Workspace } from '../../support/workspace.ts'

export type Window = { readonly workspace: Workspace; readonly close: () => Promise<void> }

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })

/** A browser process of its own, signed in, with the file open. */
export async function openWindow(
  url: string,
  token: string,
  app: TestApp,
  path: string,
): Promise<Window> {
  const browser = await launch()
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } })
  await context.addCookies([{ name: 'relpin_sign_in', value: token, url }])
  const workspace = new Workspace(await context.newPage(), app)
  await workspace.enter(path)
  return { workspace, close: () => browser.close() }
}

export async function signIn(url: string, email: string, password: string): Promise<string> {
  const { token } = await api(url).call<{ token: string }>('POST', '/api/sign-in', {
    email,
    password,
  })
  return token
}

/**
 * Runs `look`, JavaScript that gives the numbers to be seen in the editor's text `shown`, after every change of what
 * the page shows, and keeps when each was first seen. Milliseconds since 1970.
 */
export async function watchText(
  page: Page,
  look: string,
): Promise<() => Promise<Map<number, number>>> {
  await page.evaluate(`{
    const lines = document.querySelector('.view-lines')
    const seen = (globalThis.benchSeen = new Map())
    const look = (shown) => { ${look} }
    const notice = () => {
      const at = performance.timeOrigin + performance.now()
      for (const number of look(lines.textContent.replaceAll('\\u00a0', ' '))) {
        if (!seen.has(number)) seen.set(number, at)
      }
    }
    new MutationObserver(notice).observe(lines, { subtree: true, childList: true, characterData: true })
    notice()
  }`)
  return async () => {
    const seen = await page.evaluate<[number, number][]>('[...globalThis.benchSeen]')
    return new Map(seen)
  }
}
