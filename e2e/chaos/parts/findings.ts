/** What a storm found: collected while it goes on, printed at its end as one line of JSON, and as the exit code. */
import type { CollabNode } from './collab-node.ts'
import type { Crew } from './crew.ts'
import { tell } from './options.ts'

export class Findings {
  readonly lost = new Set<string>()
  readonly diverged = new Set<string>()
  readonly #crew: Crew

  constructor(crew: Crew) {
    this.#crew = crew
  }

  /** Storage as it is now against what was acknowledged before. `fresh`: read anew from its beginning. */
  async compareStorage(fresh = false): Promise<void> {
    const found = await this.#crew.compareStorage(fresh)
    for (const words of found.lost) this.lost.add(words)
    for (const words of found.diverged) this.diverged.add(words)
  }

  async compareReplicas(socketPath: string): Promise<void> {
    for (const words of await this.#crew.compareReplicas(socketPath)) this.diverged.add(words)
  }

  /** Everything settles, and again after a clean stop with its snapshots and a cold start. */
  async compareInTheEnd(node: CollabNode): Promise<void> {
    await this.#crew.settle()
    await this.compareReplicas(node.socketPath)
    await node.drain()
    await this.compareStorage(true)
    await node.start()
    await this.compareReplicas(node.socketPath)
  }

  /** A refusal of what these writers may do counts as a divergence; `also` are further failures of the storm. */
  report(
    head: Readonly<Record<string, unknown>>,
    also: Readonly<Record<string, number>> = {},
  ): void {
    const { denied, acknowledged } = this.#crew
    for (const words of [...this.lost, ...this.diverged, ...denied].slice(0, 50)) tell(`  ${words}`)
    const counts = { lost: this.lost.size, diverged: this.diverged.size + denied.length }
    const bad = [counts.lost, counts.diverged, acknowledged === 0 ? 1 : 0]
    process.stdout.write(
      `${JSON.stringify({ ...head, acked: acknowledged, ...counts, ...also })}\n`,
    )
    process.exitCode = bad.some((count) => count > 0) ? 1 : 0
  }
}
