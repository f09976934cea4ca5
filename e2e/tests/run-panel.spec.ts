/** The Run panel: scripts of the project in a sandbox, what they say as it comes, and what they change. */
import type { Page } from '@playwright/test'
import { expect, test } from '../support/studio-test.ts'

const FILES = {
  'package.json': `${JSON.stringify({
    name: 'shop',
    scripts: {
      build: 'echo "// built" >> src/notes.ts && echo all is built',
      wait: 'echo begun; sleep 300',
      fail: 'echo "\u001b[31mno\u001b[0m"; exit 2',
    },
  })}\n`,
  'src/notes.ts': '// first\n',
}

async function openRun(page: Page) {
  await page.keyboard.press('Alt+j')
  const panel = page.getByRole('region', { name: 'Run' })
  await expect(panel.getByRole('button', { name: 'build' })).toBeVisible()
  const refused = panel.getByText(/Ask whoever runs the studio/)
  test.skip(await refused.isVisible(), 'this machine has no sandbox with limits')
  return panel
}

test('a Builder runs a script: what it says is shown, and what it changes is in the editor', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  const panel = await openRun(builder.page)
  await panel.getByRole('button', { name: 'build' }).click()
  await expect(panel.getByRole('status')).toHaveText(
    'Exit code 0. What it changed is in the project.',
  )
  await expect(panel.getByRole('log')).toContainText('all is built')
  await expect(panel.getByRole('list', { name: 'What it changed' })).toHaveText(
    'src/notes.ts changed',
  )
  await builder.shows('// built')
})

test('a run goes on over a reload, and is stopped; a failing one says so without colours', async ({
  studio,
}) => {
  const app = await studio.app(FILES)
  const builder = await studio.workspace('builder', app, 'src/notes.ts')
  let panel = await openRun(builder.page)
  await panel.getByRole('button', { name: 'wait' }).click()
  await expect(panel.getByRole('log')).toContainText('begun')
  await builder.page.reload()
  await expect(builder.files.getByRole('treeitem').first()).toBeVisible()
  panel = await openRun(builder.page)
  await expect(panel.getByRole('log')).toContainText('begun')
  await panel.getByRole('button', { name: 'Stop' }).click()
  await expect(panel.getByRole('status')).toContainText('Stopped.')
  await panel.getByRole('button', { name: 'fail' }).click()
  await expect(panel.getByRole('status')).toHaveText('Exit code 2.')
  await expect(panel.getByRole('log')).toContainText(/^.*no$/m)
})

test('a Viewer sees the scripts, and why none can be run', async ({ studio }) => {
  const app = await studio.app(FILES)
  const viewer = await studio.workspace('viewer', app)
  await viewer.page.keyboard.press('Alt+j')
  const panel = viewer.page.getByRole('region', { name: 'Run' })
  await expect(panel.getByText('Role Viewer reads and runs nothing.')).toBeVisible()
  await expect(panel.getByRole('button', { name: 'build' })).toBeDisabled()
})
