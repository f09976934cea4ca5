/** `npm run chaos -- postgres`: immediate crashes of PostgreSQL while people and agents write; nothing acknowledged may be lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { roundsOf, tell } from './parts/options.ts'
import { stormOverOneNode } from './parts/storm.ts'

/** Between two keystrokes of one writer, on average. */
const EVERY_MS = 12
/** Before each crash, and between the crash and the next start, anything up to this. */
const UP_MS = 1_500
const AWAY_MS = 2_500

const rounds = roundsOf(15)
await using storm = await stormOverOneNode()
const { database, node, crew, findings } = storm
tell(`${rounds} crashes of PostgreSQL under ${crew.writers.map(({ name }) => name).join(', ')}`)

for (let round = 1; round <= rounds; round += 1) {
  crew.write(EVERY_MS)
  await delay(Math.random() * UP_MS)
  await database.crash()
  // They type on while nothing can be committed.
  await delay(Math.random() * AWAY_MS)
  await database.start()
  await findings.compareStorage()
  await crew.back()
  tell(`round ${round}: ${crew.acknowledged} acknowledged, ${findings.lost.size} lost`)
}
await findings.compareInTheEnd(node)
findings.report({ chaos: 'postgres', rounds }, { restarts: node.restarts })
