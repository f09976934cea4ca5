/** `npm run chaos -- cluster`: three nodes on one PostgreSQL, of which one after the other is killed, paused, drained, under load. */
import { findHome } from '@relpin/db/leases.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { Balancer } from './parts/balancer.ts'
import { CollabNode } from './parts/collab-node.ts'
import { Crew } from './parts/crew.ts'
import { stormDatabase } from './parts/database.ts'
import { Findings } from './parts/findings.ts'
import { bypassesIn, Forger } from './parts/forger.ts'
import { roundsOf, tell, until } from './parts/options.ts'
import { Silence } from './parts/silence.ts'
import { setStage } from './parts/stage.ts'

const EVERY_MS = 30
const CALM_MS = 1_000
/** Beyond the end of its lease. */
const PAUSE_MS = 8_000

const rounds = roundsOf(3)
await using database = await stormDatabase()
const stage = await setStage(database.sql)
const config = { databaseUrl: database.url, serviceToken: stage.serviceToken }
await using a = await CollabNode.make('a', config)
await using b = await CollabNode.make('b', config)
await using c = await CollabNode.make('c', config)
const nodes = [a, b, c]
for (const node of nodes) await node.start()
await using one = await Balancer.over(nodes, 0)
await using two = await Balancer.over(nodes, 1)
const workspaceId = stage.workspace.id
const wayBy = ({ socketPath }: Balancer) => ({
  url: `ws+unix:${socketPath}:/collab?workspace=${workspaceId}`,
  socketPath,
})
const crew = await Crew.gather(stage, database.sql, (index) => wayBy(index % 2 === 0 ? one : two))
const forger = new Forger(stage, wayBy(two), crew.fileId)
const findings = new Findings(crew)
const failovers: Record<'killed' | 'paused' | 'drained', number[]> = {
  killed: [],
  paused: [],
  drained: [],
}
const formerWrites = new Set<string>()

async function homeNow(): Promise<CollabNode | null> {
  const home = await findHome(database.sql, workspaceId).catch(() => null)
  return nodes.find(({ name }) => name === home?.name) ?? null
}

async function someHome(): Promise<CollabNode> {
  let home: CollabNode | null = null
  await until('some node is the home', async () => (home = await homeNow()) !== null, 40_000)
  return home as unknown as CollabNode
}

/** Ends when another node is the home and has acknowledged; notes the longest time in which nobody was acknowledged. */
async function failsOver(
  kind: keyof typeof failovers,
  disturb: (home: CollabNode) => Promise<void>,
): Promise<CollabNode> {
  const home = await someHome()
  const silence = new Silence(() => crew.acknowledged)
  await disturb(home)
  await until(
    'another node is the home',
    async () => {
      const now = await homeNow()
      return now !== null && now !== home
    },
    40_000,
  )
  const before = crew.acknowledged
  await until('something is acknowledged again', () => crew.acknowledged > before + 5, 40_000)
  failovers[kind].push(silence.end())
  return home
}

/** Along a document's numbers the fences only grow: a smaller one after a larger is a write of a former home. */
async function findFormerWrites(): Promise<void> {
  const late = await database.sql<{ doc: string; seq: number }[]>`
    select doc, seq from (
      select doc, seq, fence, max(fence) over (partition by doc order by seq) as newest
      from every_row where workspace_id = ${workspaceId}) rows
    where fence < newest`
  for (const { doc, seq } of late) formerWrites.add(`${doc} ${seq} by a former home`)
}

const happenings: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'the home is killed',
    async () => {
      const home = await failsOver('killed', (node) => node.kill())
      await home.start()
    },
  ],
  [
    'the home is paused beyond its lease, and goes on',
    async () => {
      const home = await failsOver('paused', (node) => {
        node.pause()
        return Promise.resolve()
      })
      await delay(PAUSE_MS)
      const [fence] = await database.sql<{ fence: number }[]>`
        select fence from workspace_leases where workspace_id = ${workspaceId}`
      const [last] = await database.sql<{ at: Date }[]>`select clock_timestamp() as at`
      home.resume()
      await delay(CALM_MS)
      const late = await database.sql<{ doc: string; seq: number }[]>`
        select doc, seq from every_row
        where workspace_id = ${workspaceId} and at > ${last?.at ?? new Date()} and fence < ${fence?.fence ?? 0}`
      for (const { doc, seq } of late) formerWrites.add(`${doc} ${seq} by a former home`)
    },
  ],
  [
    'PostgreSQL crashes and is started again',
    async () => {
      await database.crash()
      await delay(1_500)
      await database.start()
    },
  ],
  [
    'the home is drained for an upgrade',
    async () => {
      const home = await failsOver('drained', (node) => node.drain())
      await home.start()
    },
  ],
]

tell(`${rounds} rounds on three nodes under ${crew.writers.map(({ name }) => name).join(', ')}`)
for (let round = 1; round <= rounds; round += 1) {
  for (const [what, happen] of happenings) {
    crew.write(EVERY_MS)
    await delay(CALM_MS)
    await happen()
    await crew.back(60_000)
    await findings.compareStorage()
    await findFormerWrites()
    tell(`${round}: ${what}: ${crew.acknowledged} acknowledged, ${findings.lost.size} lost`)
  }
}
forger.close()
await crew.settle()
await findings.compareReplicas(one.socketPath)
await findings.compareReplicas(two.socketPath)
await findings.compareStorage(true)
for (const words of formerWrites) findings.diverged.add(words)
const [judged] = await database.sql<{ rows: number; viewers: number }[]>`
  select count(*)::int as rows,
         count(*) filter (where member_id = ${stage.person('viewer').memberId})::int as viewers
  from every_row where workspace_id = ${workspaceId}`
const rowsJudged = judged?.rows ?? 0
const bypassed = bypassesIn(await crew.storedText()) + (judged?.viewers ?? 0)
crew.close()
const seconds = (values: readonly number[]): number =>
  Math.round((values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0) * 100) / 100
const all = Object.values(failovers).flat()
findings.report(
  { chaos: 'cluster', nodes: nodes.length, rounds },
  {
    bypassed,
    forged: forger.tries,
    rows_judged: rowsJudged,
    former_writes: formerWrites.size,
    failover_s_p50: seconds(all),
    failover_s_max: seconds([Math.max(...all)]),
    killed_s_p50: seconds(failovers.killed),
    paused_s_p50: seconds(failovers.paused),
    drained_s_p50: seconds(failovers.drained),
  },
)
if (bypassed > 0 || forger.tries === 0 || rowsJudged === 0) process.exitCode = 1
