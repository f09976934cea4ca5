/**
 * `npm run bench -- revoke`: how soon a revocation cuts somebody who is typing, over 200 trials on a running product: a
 * change of role, the end of a membership, and a sign-out in turn. Then the log is asked whether anything of theirs was
 * appended after the revocation had committed. `--trials N` for fewer.
 */
import { parseArgs } from 'node:util'
import { servicePid } from '../support/blank-studio.ts'
import { startProduct } from '../support/product.ts'
import { signInEverybody } from '../support/sign-in-everybody.ts'
import { percentile, rounded } from './parts/statistics.ts'
import { openDatabase } from './parts/product-database.ts'
import { KINDS, Revocations, type Kind, type Trial } from './parts/revocations.ts'

const { values } = parseArgs({ options: { trials: { type: 'string', default: '200' } } })
const TRIALS = Number(values.trials)
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

tell('Starting the demo')
const product = await startProduct({ command: 'demo' })
try {
  const people = await signInEverybody(product)
  const database = await openDatabase(product)
  const revocations = await Revocations.open(product.url, people, database.sql)
  const trials: Trial[] = []
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const kind = KINDS[trial % KINDS.length] as Kind
    trials.push(await revocations.run(kind))
    if ((trial + 1) % 20 === 0) tell(`${trial + 1} of ${TRIALS}`)
  }
  const late = trials.reduce((sum, trial) => sum + trial.late, 0)
  await revocations.close()
  await database.close()
  if ((await servicePid(product, 'collab-server')) === null) throw new Error('the server is gone')

  for (const kind of KINDS) {
    const ms = trials.filter((trial) => trial.kind === kind).map(({ cutMs }) => cutMs)
    if (ms.length === 0) continue
    process.stdout.write(
      `${kind.padEnd(10)}  ${String(ms.length).padStart(4)} trials  cut after p50 ${rounded(percentile(ms, 0.5))} ms, p99 ${rounded(percentile(ms, 0.99))} ms\n`,
    )
  }
  const cuts = trials.map(({ cutMs }) => cutMs)
  const keys = trials.reduce((sum, { keys }) => sum + keys, 0)
  process.stdout.write(
    `${JSON.stringify({
      bench: 'revoke',
      trials: trials.length,
      late_writes: late,
      cut_ms_p50: rounded(percentile(cuts, 0.5)),
      cut_ms_p99: rounded(percentile(cuts, 0.99)),
      keys_landed: keys,
    })}\n`,
  )
  if (late > 0) process.exitCode = 1
} finally {
  await product.stop()
}
