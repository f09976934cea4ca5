/** Everybody who writes in a storm: people with browsers' clients and agents through the bridge's tool, on one file. */
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { collabClient } from '../../../agent-bridge/src/collab-client.ts'
import { AgentWriter, markOf } from './agent-writer.ts'
import type { Way } from './collab-node.ts'
import { compare, type Comparison, type Token } from './ledger.ts'
import { until } from './options.ts'
import type { Stage, StormRole } from './stage.ts'
import { StoredDocument } from './storage.ts'
import { Typist } from './typist.ts'

const PATH = 'src/storm.ts'
/** Who may write directly, and one who only proposes: that is on a branch, and waits there. */
const PEOPLE: readonly StormRole[] = ['builder', 'maintainer', 'reviewer']
const AGENTS: readonly StormRole[] = ['builder', 'maintainer', 'reviewer']

export type Writer = {
  readonly name: string
  readonly role: StormRole
  readonly document: string
  readonly who: Typist | AgentWriter
}

type StorageFindings = {
  readonly lost: readonly string[]
  readonly diverged: readonly string[]
}

export class Crew {
  readonly fileId: string
  readonly writers: readonly Writer[]
  readonly #stage: Stage
  readonly #sql: Sql
  readonly #stored = new Map<string, StoredDocument>()

  private constructor(stage: Stage, sql: Sql, fileId: string, writers: readonly Writer[]) {
    this.#stage = stage
    this.#sql = sql
    this.fileId = fileId
    this.writers = writers
  }

  /** Founds the file and joins it. `way` says by which node the `index`th writer goes. */
  static async gather(stage: Stage, sql: Sql, way: (index: number) => Way): Promise<Crew> {
    const agents = AGENTS.map((role) => ({ role, name: `agent-${role}` }))
    const { socketPath } = way(0)
    const text = agents.map(({ name }) => `${markOf(name)}\n`).join('')
    const collab = collabClient(socketPath, stage.serviceToken)
    const founded = await collab.post('/internal/import', {
      as: stage.person('owner'),
      workspaceId: stage.workspace.id,
      files: [{ path: PATH, content: { kind: 'text', text } }],
    })
    if (!founded.ok) throw new Error(founded.problem.detail)
    const fileId = await fileIdOf(stage, socketPath)
    const main = fileDocument(fileId)
    const typists = PEOPLE.map((role, index): Writer => {
      const proposes = role === 'reviewer'
      const document = proposes ? branchDocument(stage.person(role).memberId, fileId) : main
      const name = `person-${role}`
      const { url } = way(index)
      const who = new Typist({ name, document, url, token: () => stage.token(role) })
      return { name, role, document, who }
    })
    const writers: Writer[] = [...typists]
    for (const [index, { role, name }] of agents.entries()) {
      const agent = await stage.agent(role)
      const document = role === 'reviewer' ? branchDocument(agent.sessionId, fileId) : main
      const who = new AgentWriter({
        name,
        agent,
        workspaceId: stage.workspace.id,
        path: PATH,
        socketPath: way(PEOPLE.length + index).socketPath,
        serviceToken: stage.serviceToken,
      })
      writers.push({ name, role, document, who })
    }
    const crew = new Crew(stage, sql, fileId, writers)
    await crew.back()
    return crew
  }

  get typists() {
    return this.writers.filter((one): one is Writer & { who: Typist } => one.who instanceof Typist)
  }

  get acknowledged(): number {
    return this.writers.reduce((sum, { who }) => sum + who.ledger.acknowledged, 0)
  }

  get denied(): readonly string[] {
    return this.writers.flatMap(({ who }) => who.denied)
  }

  /** `index` leaves one out. */
  write(everyMs: number, except?: number): void {
    for (const [index, { who }] of this.writers.entries()) {
      if (index === except) void who.rest()
      else if (who instanceof Typist) who.type(everyMs)
      else who.work(everyMs)
    }
  }

  /** After a disturbance: everybody has their document open again. */
  async back(withinMs = 30_000): Promise<void> {
    await this.#until('back', ({ who }) => !(who instanceof Typist) || who.connected, withinMs)
  }

  /** Everybody stops writing, and all that was written becomes acknowledged. */
  async settle(): Promise<void> {
    for (const { who } of this.writers) void who.rest()
    await this.#until('settled', ({ who }) => who.settled && who.resting, 60_000)
  }

  /** Compares storage, as it is now, with what was acknowledged before. */
  async compareStorage(fresh = false): Promise<StorageFindings> {
    const before = new Map(
      this.writers.map((writer) => [
        writer,
        writer.who.ledger.tokens.map((token) => ({ token, state: token.state })),
      ]),
    )
    const lost: string[] = []
    const diverged: string[] = []
    for (const [writer, tokens] of before) {
      const text = await this.#storedText(writer.document, fresh)
      const found: Comparison = compare({ tokens: tokens.map(sinceRead) }, text)
      lost.push(...found.lost)
      diverged.push(...found.doubled.map((words) => `${words} is there twice`))
    }
    return { lost, diverged }
  }

  /** After everything has settled: every replica, the server and storage say the same. */
  async compareReplicas(socketPath: string): Promise<readonly string[]> {
    const diverged: string[] = []
    for (const { name, document, who } of this.typists) {
      const stored = await this.#storedText(document, true)
      await until(`${name} has all of it`, () => who.text === stored, 10_000).catch(() => {
        diverged.push(`${name} differs from what is stored of ${document}`)
      })
    }
    const served = await readFile(this.#stage, socketPath)
    if (served !== (await this.#storedText(fileDocument(this.fileId), true)))
      diverged.push('the server differs from what is stored')
    return diverged
  }

  /** Main as PostgreSQL has it. */
  storedText(): Promise<string> {
    return this.#storedText(fileDocument(this.fileId), true)
  }

  close(): void {
    for (const { who } of this.typists) who.close()
  }

  async #until(what: string, is: (writer: Writer) => boolean, withinMs: number): Promise<void> {
    try {
      await until(`everybody is ${what}`, () => this.writers.every(is), withinMs)
    } catch (error) {
      const late = this.writers.filter((writer) => !is(writer))
      const who = late.map((writer) => `${writer.name} (${writer.who.waiting})`).join(', ')
      throw new Error(`not ${what}: ${who}`, { cause: error })
    }
  }

  async #storedText(document: string, fresh: boolean): Promise<string> {
    let stored = fresh ? undefined : this.#stored.get(document)
    if (!stored) {
      stored = new StoredDocument(this.#sql, document)
      this.#stored.set(document, stored)
    }
    return stored.read()
  }
}

/** What its author has taken back while storage was read may be there or not. */
function sinceRead({ token, state }: { token: Token; state: Token['state'] }): Token {
  const takenBack = state === 'acknowledged' && token.state !== state
  return { text: token.text, state: takenBack ? 'taken-back' : state }
}

async function view(
  stage: Stage,
  socketPath: string,
): Promise<Extract<ViewReadResponse, { found: 'text' }>> {
  const answer = await collabClient(socketPath, stage.serviceToken).post<ViewReadResponse>(
    '/internal/view/read',
    {
      as: stage.person('owner'),
      workspaceId: stage.workspace.id,
      view: { kind: 'main' },
      path: PATH,
    },
  )
  if (!answer.ok) throw new Error(answer.problem.detail)
  if (answer.value.found !== 'text') throw new Error(`${PATH} is not there`)
  return answer.value
}

const fileIdOf = async (stage: Stage, socketPath: string): Promise<string> =>
  (await view(stage, socketPath)).fileId

const readFile = async (stage: Stage, socketPath: string): Promise<string> =>
  (await view(stage, socketPath)).text
