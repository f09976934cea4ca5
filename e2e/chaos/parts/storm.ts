/** A storm over one node: a database of its own, one collab-server that runs, a crew that writes, and what is found. */
import { CollabNode } from './collab-node.ts'
import { Crew } from './crew.ts'
import { stormDatabase, type StormDatabase } from './database.ts'
import { Findings } from './findings.ts'
import { setStage } from './stage.ts'

type Storm = AsyncDisposable & {
  readonly database: StormDatabase
  readonly node: CollabNode
  readonly crew: Crew
  readonly findings: Findings
}

export async function stormOverOneNode(): Promise<Storm> {
  await using made = new AsyncDisposableStack()
  const database = made.use(await stormDatabase())
  const stage = await setStage(database.sql)
  const { serviceToken } = stage
  const node = made.use(await CollabNode.make('a', { databaseUrl: database.url, serviceToken }))
  await node.start()
  const crew = await Crew.gather(stage, database.sql, () => node.way(stage.workspace.id))
  made.defer(() => {
    crew.close()
  })
  const all = made.move()
  return {
    database,
    node,
    crew,
    findings: new Findings(crew),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
