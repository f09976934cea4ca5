/** An agent at work: the bridge's own edit tool, call after call, each repeated under its id until it has a verdict. */
import type { Agent } from '@relpin/authority/actors.ts'
import { collabClient, type CollabClient } from '../../../agent-bridge/src/collab-client.ts'
import { editTool } from '../../../agent-bridge/src/tools/edit.ts'
import { seenTexts } from '../../../agent-bridge/src/tools/seen-texts.ts'
import type { ToolResult } from '../../../agent-bridge/src/tools/tool.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { Ledger } from './ledger.ts'

type AgentOptions = {
  /** No two of a storm have the same. */
  readonly name: string
  readonly agent: Agent
  readonly workspaceId: string
  /** The file, which holds the agent's `mark` as a line of its own. */
  readonly path: string
  readonly socketPath: string
  readonly serviceToken: string
}

/** The line above which an agent writes. */
export const markOf = (name: string): string => `// ${name} writes above this line`

const AGAIN_MS = 50

export class AgentWriter {
  readonly name: string
  readonly ledger = new Ledger()
  readonly denied: string[] = []
  readonly #options: AgentOptions
  readonly #collab: CollabClient
  readonly #seen = seenTexts()
  #working: Promise<void> | null = null
  #stop = false
  #count = 0

  constructor(options: AgentOptions) {
    this.name = options.name
    this.#options = options
    this.#collab = collabClient(options.socketPath, options.serviceToken)
  }

  /** For the one who reads why a storm does not end. */
  get waiting(): string {
    const open = this.ledger.tokens.filter(
      ({ state }) => state === 'written' || state === 'taken-back',
    )
    return `${open.length} open, first ${open[0]?.text.trim() ?? 'none'}`
  }

  get settled(): boolean {
    return this.ledger.tokens.every(({ state }) => state === 'acknowledged')
  }

  /** Edits with `everyMs` between them on average, until `rest`. */
  work(everyMs: number): void {
    this.#stop = false
    this.#working ??= (async () => {
      while (!this.#stop) {
        await this.edit()
        await delay(Math.random() * 2 * everyMs)
      }
      this.#working = null
    })()
  }

  get resting(): boolean {
    return this.#working === null
  }

  /** Ends after the edit that is under way. */
  async rest(): Promise<void> {
    this.#stop = true
    await this.#working
  }

  /** One edit, from the call to its verdict. */
  async edit(): Promise<void> {
    this.#count += 1
    const words = `${this.name}-${this.#count}`
    const token = this.ledger.write(`${words}\n`)
    for (let call = 1; ; call += 1) {
      const result = await this.#call(words, `${this.name}:${this.#count}:${call}`)
      const outcome = result.result === 'done' ? result.outcome?.kind : null
      if (outcome === 'applied' || outcome === 'queued') return this.ledger.acknowledge(token)
      if (outcome === 'denied' && result.result === 'done') {
        this.denied.push(`${this.name}: ${result.detail}`)
        token.state = 'gone'
        return
      }
      // Stale is a verdict: the next try is another call. Anything else is none: the same call again.
      if (outcome !== 'stale') call -= 1
      await delay(AGAIN_MS)
    }
  }

  #call(words: string, callId: string): Promise<ToolResult> {
    const { agent, workspaceId, path } = this.#options
    const mark = markOf(this.name)
    return editTool.run(
      {
        collab: this.#collab,
        agent,
        workspaceId,
        directory: '/elsewhere',
        intent: { id: `turn-of-${this.name}`, title: 'A storm' },
        callId,
        // The door knows repeated calls too.
        earlier: () => Promise.resolve(null),
        seen: this.#seen,
        shell: null,
        signal: new AbortController().signal,
      },
      { filePath: path, oldString: mark, newString: `${words}\n${mark}` },
    )
  }
}
