/** How long a newcomer waits: packages in a fresh clone, the first start, and the second, each until a page can be used. */
import { chromium } from '@playwright/test'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { ROOT, startProduct } from '../support/product.ts'
import { tenth } from './statistics.ts'

const run = promisify(execFile)

export type StartTimes = {
  readonly install_s: number
  readonly first_start_s: number
  readonly second_start_s: number
}

/** `folder` must be empty; the clone in it stays, installed and built, for whatever is measured next. */
export async function measureStarts(
  folder: string,
): Promise<StartTimes & { readonly clone: string }> {
  const clone = join(folder, 'clone')
  await run('git', ['clone', '--quiet', ROOT, clone])
  const began = seconds()
  await run('npm', ['ci', '--silent'], { cwd: clone })
  const installed = seconds()
  const dataFolder = join(folder, 'data')
  const first = await startAndUse(clone, dataFolder)
  const second = await startAndUse(clone, dataFolder)
  return {
    clone,
    install_s: tenth(installed - began),
    first_start_s: tenth(first),
    second_start_s: tenth(second),
  }
}

const seconds = (): number => performance.now() / 1000

/** Seconds from the command to the moment when the form of the first visit takes letters. */
async function startAndUse(clone: string, dataFolder: string): Promise<number> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  const page = await browser.newPage()
  const began = seconds()
  const product = await startProduct({ command: 'start', root: clone, dataFolder })
  try {
    await page.goto(product.url)
    await page.getByRole('textbox').first().fill('Acme')
    return seconds() - began
  } finally {
    await browser.close()
    await product.stop()
  }
}
