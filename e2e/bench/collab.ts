/**
 * `npm run bench -- collab`: this server with everything on, beside bare Hocuspocus and y-websocket's server. The same
 * clients measure all three, in turn, round by round. `--rounds N`, `--quick`, `--only TEXT`, `--trace FILE`.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measures, QUICK, THOROUGH } from './collab/measures.ts'
import { Results, summary, table } from './collab/results.ts'
import { openSubjects, type Name } from './collab/subjects.ts'
import { readTrace, syntheticTrace } from './collab/trace.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    trace: { type: 'string' },
  },
})
const rounds = Number(options.rounds ?? (options.quick ? '1' : '5'))
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

const trace = options.trace === undefined ? syntheticTrace() : await readTrace(options.trace)
if (options.trace === undefined)
  tell('No --trace FILE: replaying a made-up session instead of a recorded one.')
const chosen = measures(options.quick ? QUICK : THOROUGH, trace).filter(({ what }) =>
  what.includes(options.only),
)
const results = new Results()
tell('Preparing three servers')
const subjects = await openSubjects()
// Whoever stops the bench does not want its database to go on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void subjects.close().finally(() => process.exit(1)))
}
try {
  for (let round = 0; round < rounds; round += 1) {
    for (const measure of chosen) {
      for (let turn = 0; turn < subjects.all.length; turn += 1) {
        // Nobody is always first, or always behind the same one.
        const subject = subjects.all[(turn + round) % subjects.all.length]
        if (subject) await measureOne(round, subject.name, measure, subject.start)
      }
    }
  }
} finally {
  await subjects.close()
}
process.stdout.write(`${table(results)}\n`)
const [load = 0] = loadavg()
const flushes = results.of('relpin', 'flush_p99')
if (flushes.length > 0) {
  const flush = (key: string): string => results.median('relpin', key).toFixed(2)
  process.stdout.write(
    `A flush of this disk alone: p50 ${flush('flush_p50')}, p99 ${flush('flush_p99')} ms; ours wait for one.\n`,
  )
}
process.stdout.write(
  `${rounds} rounds; trace: ${trace.name}; load average at the end: ${load.toFixed(1)}\n`,
)
process.stdout.write(
  `${JSON.stringify({ bench: 'collab', ...summary(results), trace: trace.name, rounds })}\n`,
)

async function measureOne(
  round: number,
  name: Name,
  { what, stored, run }: (typeof chosen)[number],
  start: (typeof subjects.all)[number]['start'],
): Promise<void> {
  const running = await start(stored)
  try {
    const figures = await run(running, name)
    results.add(name, figures)
    const said = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(3)}`)
    tell(`${round + 1}/${rounds} ${what}, ${name}: ${said.join(', ')}`)
  } finally {
    await running.stop()
  }
}
