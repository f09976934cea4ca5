/** `npm run chaos -- kill`: kill -9 of collab-server at random moments while people and agents write; nothing acknowledged may be lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { CollabNode } from './parts/collab-node.ts'
import { Crew } from './parts/crew.ts'
import { stormDatabase } from './parts/database.ts'
import { Findings } from './parts/findings.ts'
import { roundsOf, tell } from './parts/options.ts'
import { setStage } from './parts/stage.ts'

/** Between two keystrokes of one writer, on average. */
const EVERY_MS = 12
/** A round's length is anything up to this, so that kills fall everywhere. */
const ROUND_MS = 500

const rounds = roundsOf(100)
await using database = await stormDatabase()
const stage = await setStage(database.sql)
await using node = await CollabNode.make('a', {
  databaseUrl: database.url,
  serviceToken: stage.serviceToken,
})
await node.start()
const crew = await Crew.gather(stage, database.sql, () => node.way(stage.workspace.id))
const findings = new Findings(crew)
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
crew.close()
findings.report({ chaos: 'kill', rounds })
