/** Several installations on one database, as docs/scaling.md sets them up, and what stands in front of them. */
import { connect } from '@relpin/db/connect.ts'
import { freePort, startEmbedded } from '@relpin/db/embedded.ts'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allPids } from './blank-studio.ts'
import { type Product, startProduct } from './product.ts'

/** Sends every connection to the one address that it was pointed at last, as a load balancer does with what is left. */
class Front implements AsyncDisposable {
  readonly port: number
  readonly #open = new Set<Socket>()
  readonly #server = createServer((client) => {
    this.#serve(client)
  })
  #target = 0

  private constructor(port: number) {
    this.port = port
  }

  static async start(): Promise<Front> {
    const front = new Front(await freePort())
    await new Promise<void>((resolve) => front.#server.listen(front.port, '127.0.0.1', resolve))
    return front
  }

  /** What is open is cut: it led to a machine that is gone. */
  to(port: number): void {
    this.#target = port
    for (const client of this.#open) client.destroy()
  }

  #serve(client: Socket): void {
    const server = connectSocket(this.#target, '127.0.0.1')
    this.#open.add(client)
    client.on('error', () => client.destroy())
    client.on('close', () => {
      this.#open.delete(client)
      server.destroy()
    })
    server.on('error', () => client.destroy())
    server.on('close', () => client.destroy())
    client.pipe(server)
    server.pipe(client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.to(0)
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export type Machines = AsyncDisposable & {
  readonly front: Front
  /** The public address. */
  readonly url: string
  readonly start: (name: 'a' | 'b') => Promise<Product>
  /** Which machine serves a workspace right now. */
  readonly homeOf: (appSlug: string) => Promise<string | null>
}

export async function machines(): Promise<Machines> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-machines-'))
  const postgres = await startEmbedded({ dataFolder: join(folder, 'database') })
  const admin = connect(postgres.ownerUrl('postgres'), { max: 1 })
  await admin`create database studio`
  await admin.end()
  const sql = connect(postgres.ownerUrl('studio'), { max: 1 })
  const front = await Front.start()
  const url = `http://localhost:${front.port}`
  const token = randomBytes(32).toString('hex')
  const running: Product[] = []
  const known = new Map<string, number>()
  return {
    front,
    url,
    start: async (name) => {
      const dataFolder = join(folder, name)
      const [first] = [...known.keys()].filter((other) => other !== name)
      const isNew = !known.has(name)
      if (isNew && first)
        await cp(join(folder, first, 'keys'), join(dataFolder, 'keys'), { recursive: true })
      const port = known.get(name) ?? (await freePort())
      known.set(name, port)
      const product = await startProduct({
        command: 'start',
        dataFolder,
        port,
        env: {
          DATABASE_URL: postgres.ownerUrl('studio'),
          RELPIN_CLUSTER_TOKEN: token,
          RELPIN_NODE: name,
          RELPIN_NODE_URL: `http://127.0.0.1:${await freePort()}`,
          RELPIN_URL: url,
        },
      })
      running.push(product)
      return product
    },
    homeOf: async (slug) => {
      const [row] = await sql<{ holder: string }[]>`
        select l.holder from workspace_leases l join workspaces w on w.id = l.workspace_id
        join apps a on a.id = w.app_id join nodes n on n.name = l.holder
        where a.slug = ${slug} and n.expires_at > now()`
      return row?.holder ?? null
    },
    [Symbol.asyncDispose]: async () => {
      for (const product of running) await product.stop()
      await front[Symbol.asyncDispose]()
      await sql.end()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Pulls the plug: everything of a product ends at the same moment, and nothing of it says goodbye. */
export async function unplug(product: Product): Promise<void> {
  for (const pid of await allPids(product)) process.kill(pid, 'SIGKILL')
}
