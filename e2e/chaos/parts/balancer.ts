/** What a standard load balancer does: asks every node for its health, sends each connection to a healthy one, and cuts those of one that is not. */
import { createServer, connect, type Server, type Socket } from 'node:net'
import { request } from 'node:http'
import { join } from 'node:path'
import type { CollabNode } from './collab-node.ts'

const CHECK_MS = 300
const PATIENCE_MS = 700

export class Balancer implements AsyncDisposable {
  /** Where the storm's writers connect. */
  readonly socketPath: string
  readonly #nodes: readonly CollabNode[]
  readonly #healthy = new Set<CollabNode>()
  readonly #open = new Map<Socket, CollabNode>()
  readonly #server: Server
  readonly #checks: NodeJS.Timeout
  #turn: number

  private constructor(nodes: readonly CollabNode[], turn: number) {
    this.#nodes = nodes
    this.#turn = turn
    for (const node of nodes) this.#healthy.add(node)
    this.socketPath = join(nodes[0]?.runFolder ?? '', `balancer-${turn}.sock`)
    this.#server = createServer((client) => {
      this.#serve(client)
    })
    this.#checks = setInterval(() => {
      for (const node of nodes) this.#check(node)
    }, CHECK_MS)
  }

  /** `turn` says with which node it begins: two balancers need not agree on who is the home. */
  static async over(nodes: readonly CollabNode[], turn: number): Promise<Balancer> {
    const balancer = new Balancer(nodes, turn)
    await new Promise<void>((resolve) => balancer.#server.listen(balancer.socketPath, resolve))
    return balancer
  }

  #serve(client: Socket): void {
    client.on('error', () => client.destroy())
    const healthy = this.#nodes.filter((node) => this.#healthy.has(node))
    const node = healthy[this.#turn++ % Math.max(1, healthy.length)]
    if (!node) {
      client.destroy()
      return
    }
    const server = connect(node.socketPath)
    this.#open.set(client, node)
    server.on('error', () => client.destroy())
    server.on('close', () => client.destroy())
    client.on('close', () => {
      this.#open.delete(client)
      server.destroy()
    })
    server.pipe(client)
    client.pipe(server)
  }

  #check(node: CollabNode): void {
    const call = request({ socketPath: node.socketPath, path: '/healthz', timeout: PATIENCE_MS })
    call.on('timeout', () => call.destroy())
    call.on('error', () => {
      this.#down(node)
    })
    call.on('response', (response) => {
      response.resume()
      if (response.statusCode === 200) this.#healthy.add(node)
      else this.#down(node)
    })
    call.end()
  }

  #down(node: CollabNode): void {
    this.#healthy.delete(node)
    for (const [client, at] of this.#open) if (at === node) client.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#checks)
    for (const client of this.#open.keys()) client.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
