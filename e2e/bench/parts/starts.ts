/** How long `npm start` takes until a person can use the page that it serves. */
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright'
import { endProcess } from '../../support/end-process.ts'
import { newcomersEnv } from './fresh-clone.ts'

export type Start = {
  readonly root: string
  readonly dataFolder: string
  readonly port: number
}

const WITHIN_MS = 300_000

/** Seconds from the command to a page that has loaded with its scripts. The product is stopped again. */
export async function measureStart(browser: Browser, start: Start): Promise<number> {
  const url = `http://localhost:${start.port}`
  const began = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: start.root,
    env: { ...newcomersEnv(), RELPIN_DATA: start.dataFolder, PORT: String(start.port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  try {
    while (!(await answers(url))) {
      if (child.exitCode !== null) throw new Error(`npm start ended: ${said}`)
      if (performance.now() - began > WITHIN_MS)
        throw new Error(`npm start takes too long: ${said}`)
      await delay(25)
    }
    const page = await browser.newPage()
    await page.goto(url, { waitUntil: 'load' })
    await page.getByRole('button', { name: 'Create organization' }).click({ trial: true })
    const seconds = (performance.now() - began) / 1000
    await page.close()
    return seconds
  } finally {
    await endProcess(child)
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.ok,
    () => false,
  )
