/**
 * `npm run bench -- editor`: what a keystroke costs in the browser: 200 KB in 20,000 items with 200 open hunks of two
 * proposers, beside the same file without any, typed in main and in Suggesting mode, with and without the gutter. Each
 * key is measured until its frame is painted, and as what the page's main thread computes for it, until it is at rest.
 * `--quick` types fewer keys.
 */
import { api } from '../support/api.ts'
import { createApp } from '../support/app.ts'
import { demoForTests } from '../support/demo-for-tests.ts'
import { signInEverybody } from '../support/sign-in-everybody.ts'
import { PLAIN, WAITING, fill, propose, type LongFile } from './parts/long-file.ts'
import { typeInto, watchKeys, type Keys } from './parts/painted-keys.ts'
import { percentile, rounded } from './parts/statistics.ts'
import { openWindow } from './parts/windows.ts'

const HUNKS = 200
const QUICK = process.argv.includes('--quick')
const [ROUNDS, KEYS] = QUICK ? [1, 30] : [3, 50]
const p50 = (values: readonly number[]): number => rounded(percentile(values, 0.5))
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

type Way = 'main' | 'gutter' | 'suggesting'
const WAYS: readonly Way[] = ['main', 'gutter', 'suggesting']

const product = await demoForTests()
try {
  const people = await signInEverybody(product)
  const as = (role: 'owner' | 'builder' | 'reviewer') => ({
    ...people[role],
    api: api(product.url, people[role].token),
  })
  const [owner, builder, reviewer] = [as('owner'), as('builder'), as('reviewer')]
  const app = await createApp(owner.api, {})
  for (const file of [PLAIN, WAITING]) await fill(product.url, owner.api, app, file)
  await propose(product.url, reviewer, app, { from: 0, every: 2, hunks: HUNKS / 2 })
  await propose(product.url, builder, app, { from: 1, every: 2, hunks: HUNKS / 2 })

  const measured = new Map<string, Keys>()
  const keysOf = (way: Way, file: LongFile): Keys => {
    const key = `${way} ${file.path}`
    const keys = measured.get(key) ?? { painted: [], worked: [], longTasks: [] }
    measured.set(key, keys)
    return keys
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const file of round % 2 === 0 ? [PLAIN, WAITING] : [WAITING, PLAIN]) {
      const window = await openWindow(product.url, builder.token, app, file.path)
      const { workspace } = window
      const watch = await watchKeys(workspace.page)
      for (const way of WAYS) {
        if (way === 'suggesting') await workspace.mode('Suggesting').click()
        if (way === 'gutter') await workspace.page.keyboard.press('Alt+b')
        const keys = await typeInto(workspace, file, watch, KEYS)
        if (way === 'gutter') await workspace.page.keyboard.press('Alt+b')
        const all = keysOf(way, file)
        all.painted.push(...keys.painted)
        all.worked.push(...keys.worked)
        all.longTasks.push(...keys.longTasks)
        const [painted, worked] = [p50(keys.painted), p50(keys.worked)]
        tell(
          `Round ${round}, ${way} in ${file.path}: ${painted} ms to the frame, ${worked} ms of work`,
        )
      }
      await window.close()
    }
  }

  const figures = (way: Way, file: LongFile) => {
    const { painted, worked, longTasks } = keysOf(way, file)
    const at = (values: readonly number[], share: number) => rounded(percentile(values, share))
    return {
      p50: at(painted, 0.5),
      p99: at(painted, 0.99),
      work50: at(worked, 0.5),
      work99: at(worked, 0.99),
      long: longTasks.length,
    }
  }
  process.stdout.write(
    'where       hunks  to the frame p50 / p99   main thread p50 / p99   long tasks\n',
  )
  for (const way of WAYS) {
    for (const [file, hunks] of [
      [PLAIN, 0],
      [WAITING, HUNKS],
    ] as const) {
      const { p50, p99, work50, work99, long } = figures(way, file)
      const columns = [
        way.padEnd(10),
        `${hunks}`.padStart(6),
        `${p50} / ${p99} ms`.padStart(24),
        `${work50} / ${work99} ms`.padStart(23),
        `${long}`.padStart(12),
      ]
      process.stdout.write(`${columns.join(' ')}\n`)
    }
  }
  const named = (way: Way, prefix: string) => {
    const [without, waiting] = [figures(way, PLAIN), figures(way, WAITING)]
    return {
      [`${prefix}keystroke_ms_p50`]: waiting.p50,
      [`${prefix}keystroke_ms_p99`]: waiting.p99,
      [`${prefix}without_hunks_ms_p50`]: without.p50,
      [`${prefix}without_hunks_ms_p99`]: without.p99,
      [`${prefix}work_ms_p50`]: waiting.work50,
      [`${prefix}work_without_hunks_ms_p50`]: without.work50,
      [`${prefix}long_tasks`]: waiting.long,
      [`${prefix}long_tasks_without_hunks`]: without.long,
    }
  }
  process.stdout.write(
    `${JSON.stringify({
      bench: 'editor',
      file_kb: 200,
      hunks: HUNKS,
      keys: ROUNDS * KEYS,
      ...named('main', ''),
      ...named('gutter', 'gutter_'),
      ...named('suggesting', 'suggesting_'),
    })}\n`,
  )
} finally {
  await product.stop()
}
