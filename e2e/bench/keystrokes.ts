/** From one person's key to another person's editor: two Chromium windows, real keys at the speed of a good typist. */
import type { Browser } from '@playwright/test'
import { createApp } from '../support/app.ts'
import { api } from '../support/api.ts'
import { growthNoted, keysNoted, noteGrowth, noteKeys, openWindow } from './window.ts'

const KEYS = 400
/** Ten keys a second. */
const PAUSE_MS = 100
const MARKER = 'typed: '

/** Milliseconds of every keystroke. */
export async function measureKeystrokes(
  browser: Browser,
  url: string,
  tokens: { readonly owner: string; readonly builder: string; readonly maintainer: string },
): Promise<readonly number[]> {
  const app = await createApp(api(url, tokens.owner), { 'notes.txt': MARKER })
  const typist = await openWindow(browser, url, tokens.builder, app, 'notes.txt')
  const reader = await openWindow(browser, url, tokens.maintainer, app, 'notes.txt')
  await typist.caret()
  await noteGrowth(reader.page, MARKER)
  await noteKeys(typist.page)
  await typist.page.keyboard.type('abcdefghij'.repeat(KEYS / 10), { delay: PAUSE_MS })
  await reader.shows('abcdefghij'.repeat(2))
  await typist.saved()
  await reader.page.waitForFunction(`window.benchSeen.length >= ${KEYS}`)
  const pressed = await keysNoted(typist.page)
  const seen = await growthNoted(reader.page)
  await typist.page.context().close()
  await reader.page.context().close()
  await app.remove()
  return pressed.slice(0, KEYS).map((at, index) => (seen[index] ?? Number.NaN) - at)
}
