/** From a key going down to its letter in a painted frame, and what the page's main thread computes because of it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright'
import type { Workspace } from '../../support/workspace.ts'
import { HERE, type LongFile } from './long-file.ts'

/** Milliseconds, one of each for every key; of long tasks, one for each. */
export type Keys = { painted: number[]; worked: number[]; longTasks: number[] }

/** Until what a key has set off is over: its frame, the server's answer, and what is drawn because of that. */
const AT_REST_MS = 250
const WARM = 10

export type Watch = { readonly cdp: CDPSession; readonly page: Page }

export async function watchKeys(page: Page): Promise<Watch> {
  await page.evaluate(`{
    globalThis.benchKeys = { painted: [], longTasks: [] }
    addEventListener('keydown', (event) => {
      if (!/^[a-z]$/.test(event.key)) return
      requestAnimationFrame(() => {
        // The message is handled once the frame is painted.
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => benchKeys.painted.push(performance.now() - event.timeStamp)
        port2.postMessage(null)
      })
    }, { capture: true })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) benchKeys.longTasks.push(duration)
    }).observe({ type: 'longtask' })
  }`)
  const cdp = await page.context().newCDPSession(page)
  // Processor time, so that others on the machine do not count.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  return { cdp, page }
}

/** Types letters one by one into the comment in the middle of the file. */
export async function typeInto(
  workspace: Workspace,
  file: LongFile,
  watch: Watch,
  keys: number,
): Promise<Keys> {
  const { page, editor } = workspace
  await editor.locator('.view-lines').click()
  await page.keyboard.press('ControlOrMeta+Home')
  const place = editor.locator('.view-line').filter({ hasText: HERE.trim() })
  for (let pages = 0; (await place.count()) === 0; pages += 1) {
    if (pages > 200) throw new Error(`${file.path} has no place to type`)
    await page.keyboard.press('PageDown')
    await delay(10)
  }
  await place.first().click()
  await page.keyboard.press('End')
  await workspace.saved()
  await delay(1_000)
  const worked: number[] = []
  for (let key = 0; key < WARM + keys; key += 1) {
    if (key === WARM) await page.evaluate('benchKeys.painted = []; benchKeys.longTasks = []')
    const before = await workOf(watch.cdp)
    await page.keyboard.press(String.fromCharCode(97 + ((key * 11) % 26)))
    await delay(AT_REST_MS)
    if (key >= WARM) worked.push((await workOf(watch.cdp)) - before)
  }
  const seen = await page.evaluate<Omit<Keys, 'worked'>>('benchKeys')
  if (seen.painted.length !== keys)
    throw new Error(`${seen.painted.length} frames were seen for ${keys} keys`)
  return { ...seen, worked }
}

async function workOf(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  const task = metrics.find(({ name }) => name === 'TaskDuration')
  if (!task) throw new Error('the browser does not tell what its tasks take')
  return task.value * 1_000
}
