/** What reviews found in this app, as state: loaded, kept fresh, and what one does about it. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from '#lib/api/client.ts'
import { NOWHERE, type Lines, type Places } from './places.ts'

/** Several tellings in a row are asked about once. */
const GATHER_MS = 120

export class Findings {
  all: readonly Finding[] = $state.raw([])
  loaded = $state(false)
  problem: Problem | null = $state.raw(null)
  /** The one that is meant, in the list and in the editor. */
  chosen: string | null = $state(null)
  /** Where those of the file in front are in the text as it is here and now; `null` where their text is gone. */
  places: Places = $state.raw(NOWHERE)
  readonly open: readonly Finding[] = $derived(this.all.filter(({ state }) => state === 'open'))

  readonly #path: string
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(app: string) {
    this.#path = `/api/apps/${encodeURIComponent(app)}/findings`
  }

  soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.load(), GATHER_MS)
  }

  /** The newest question wins; what is shown stays until its answer is there. */
  async load(): Promise<void> {
    const turn = ++this.#asked
    const answer = await call<{ findings: readonly Finding[] }>(fetch, 'GET', this.#path)
    if (turn !== this.#asked) return
    if (answer.ok) {
      this.all = answer.value.findings
      this.loaded = true
      this.problem = null
    } else this.problem = answer.problem
  }

  linesOf(finding: Finding): Lines | null {
    return this.places.get(finding.id) ?? (this.places.has(finding.id) ? null : finding.lines)
  }

  /** Each gives the problem to show, or `null` when it is done. */
  resolve(id: string, state: Finding['state']): Promise<Problem | null> {
    return this.#change('PATCH', id, '', { state })
  }

  reply(id: string, text: string): Promise<Problem | null> {
    return this.#change('POST', id, '/replies', { text })
  }

  /** Approves or accepts the suggested edit, and resolves the finding. */
  apply(id: string): Promise<Problem | null> {
    return this.#change('POST', id, '/apply')
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.#asked += 1
  }

  async #change(
    method: 'PATCH' | 'POST',
    id: string,
    what: string,
    body?: unknown,
  ): Promise<Problem | null> {
    const answer = await call<Finding>(fetch, method, `${this.#path}/${id}${what}`, body)
    if (!answer.ok) return answer.problem
    this.all = this.all.map((one) => (one.id === id ? answer.value : one))
    return null
  }
}
