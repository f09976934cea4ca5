/**
 * Makes the README's two pictures from the real product: `node e2e/screenshots.ts [folder]`, which is docs/ unless told.
 * The demo is driven to its key moment: a Reviewer's agent has proposed, and people go on beside what is pending.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { chromium, type Browser } from 'playwright'
import { DEMO_APP, DEMO_PEOPLE, type DemoState } from '@relpin/db/cli/demo-people.ts'
import { type Api, api } from './support/api.ts'
import { appOf } from './support/app.ts'
import { CHROMIUM_ARGS, chromiumPath } from './support/chromium.ts'
import { ROOT, startProduct } from './support/product.ts'
import { firstName, type Role } from './support/running-studio.ts'
import { Workspace } from './support/workspace.ts'

const FILE = 'src/components/seat-slider.ts'
const PROPOSED = [
  'Add a comment "How the price follows the number of seats." to src/components/plan-card.ts',
  `Rename MOST_SEATS to SEAT_LIMIT in ${FILE}`,
]
const ASKED = `/review ${FILE} src/components/plan-card.ts src/lib/pricing.ts`
const folder = process.argv[2] ?? join(ROOT, 'docs')

const product = await startProduct({ command: 'demo' })
const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
try {
  const demo = await readFile(join(product.dataFolder, 'demo.json'), 'utf8')
  await takePictures(product.url, JSON.parse(demo) as DemoState, browser)
} finally {
  await browser.close()
  await product.stop()
}

async function takePictures(url: string, state: DemoState, browser: Browser): Promise<void> {
  const emailOf = (role: Role): string =>
    DEMO_PEOPLE.find((person) => person.role === role)?.email ?? ''
  const tokenOf = async (role: Role): Promise<string> => {
    const email = emailOf(role)
    const password = state.passwords[email] ?? ''
    const body = { email, password }
    return (await api(url).call<{ token: string }>('POST', '/api/sign-in', body)).token
  }
  const window = async (role: Role, colorScheme: 'dark' | 'light' = 'dark'): Promise<Workspace> => {
    const viewport = { width: 1440, height: 900 }
    const context = await browser.newContext({
      baseURL: url,
      viewport,
      // Sharp on the screens that people read a README on.
      deviceScaleFactor: 1.5,
      colorScheme,
    })
    await context.addCookies([{ name: 'relpin_sign_in', value: await tokenOf(role), url }])
    const workspace = new Workspace(await context.newPage(), { slug: DEMO_APP })
    await workspace.enter(FILE)
    return workspace
  }

  const owner = api(url, await tokenOf('owner'))
  const reviewer = api(url, await tokenOf('reviewer'))
  const app = appOf(owner, { id: '', slug: DEMO_APP, name: DEMO_APP })
  const session = await openSession(reviewer)
  const ask = (text: string) => reviewer.call('POST', `/api/sessions/${session}/prompt`, { text })
  for (const [at, prompt] of PROPOSED.entries()) {
    await ask(prompt)
    await expect
      .poll(async () => (await app.patches('open')).filter((it) => it.state === 'pending').length, {
        timeout: 60_000,
      })
      .toBe(at + 1)
  }

  const mira = await window('owner')
  const bastien = await window('builder')
  const renske = DEMO_PEOPLE.find(({ role }) => role === 'reviewer')?.name ?? ''
  for (const colorScheme of ['dark', 'light'] as const) {
    const tovah = await window('maintainer', colorScheme)
    await tovah.panel.getByRole('button', { name: 'Sessions' }).click()
    await tovah.page.getByRole('menuitem', { name: `Watch ${firstName(renske)}` }).click()
    await expect(tovah.panel.getByText('waits for approval').last()).toBeVisible()
    await tovah.caret(5)
    await expect(tovah.decision).toBeVisible()
    await mira.caret(9)
    await bastien.caret(17)
    await ask(ASKED)
    await expect(tovah.panel.getByText(/^Elapsed/)).toBeVisible()
    await expect(tovah.panel.getByRole('article').last().locator('.step').first()).toBeVisible()
    // Names show for a moment when somebody moves.
    for (const { page } of [mira, bastien]) {
      await page.keyboard.press('Home')
      await page.keyboard.press('End')
    }
    await expect(tovah.editor.locator('.peer-caret.named')).toHaveCount(2)
    await tovah.page.screenshot({ path: join(folder, `workspace-${colorScheme}.png`) })
    await expect(tovah.panel.getByText(/^Elapsed/)).toHaveCount(0, { timeout: 60_000 })
    await tovah.page.close()
  }
}

async function openSession(who: Api): Promise<string> {
  const base = `/api/apps/${DEMO_APP}`
  const { models } = await who.call<{ models: { id: string }[] }>('GET', `${base}/models`)
  const modelId = models[0]?.id
  return (await who.call<{ id: string }>('POST', `${base}/sessions`, { modelId })).id
}
