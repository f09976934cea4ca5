/** `npm run chaos -- kill`: kill -9 of collab-server at random moments while people and agents write; nothing acknowledged may be lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { roundsOf, tell } from './parts/options.ts'
import { stormOverOneNode } from './parts/storm.ts'

/** Between two keystrokes of one writer, on average. */
const EVERY_MS = 12
/** A round's length is anything up to this, so that kills fall everywhere. */
const ROUND_MS = 500

const rounds = roundsOf(100)
await using storm = await stormOverOneNode()
const { node, crew, findings } = storm
tell(`${rounds} times kill -9 under five of ${crew.writers.map(({ name }) => name).join(', ')}`)

for (let round = 1; round <= rounds; round += 1) {
  // Five write at a time: two people and three agents, then three people and two agents.
  crew.write(EVERY_MS, round % 2 === 0 ? 5 - (round % 3) : round % 3)
  await delay(Math.random() * ROUND_MS)
  await node.kill()
  await findings.compareStorage()
  await node.start()
  await crew.back()
  if (round % 10 === 0)
    tell(`round ${round}: ${crew.acknowledged} acknowledged, ${findings.lost.size} lost`)
}
await findings.compareInTheEnd(node)
findings.report({ chaos: 'kill', rounds })
