/** What is said about the hunks of one patch, as state: loaded, kept fresh, and added to. */
import type { HunkComment } from '@relpin/authority/contracts/collab.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from '#lib/api/client.ts'

export class PatchComments {
  all: readonly HunkComment[] = $state.raw([])
  loaded = $state(false)
  problem: Problem | null = $state.raw(null)
  readonly #path: string
  #asked = 0

  constructor(app: string, patch: string) {
    this.#path = `/api/apps/${encodeURIComponent(app)}/patches/${encodeURIComponent(patch)}/comments`
  }

  /** The newest question wins; what is shown stays until its answer is there. */
  async load(): Promise<void> {
    const turn = ++this.#asked
    const answer = await call<{ comments: readonly HunkComment[] }>(fetch, 'GET', this.#path)
    if (turn !== this.#asked) return
    if (answer.ok) {
      this.all = answer.value.comments
      this.loaded = true
      this.problem = null
    } else this.problem = answer.problem
  }

  /** Gives the problem to show, or `null` when it is said. */
  async say(digest: string, text: string): Promise<Problem | null> {
    const answer = await call<HunkComment>(fetch, 'POST', this.#path, { hunk: digest, text })
    if (!answer.ok) return answer.problem
    if (!this.all.some(({ id }) => id === answer.value.id)) this.all = [...this.all, answer.value]
    return null
  }

  of(digest: string): readonly HunkComment[] {
    return this.all.filter((comment) => comment.current && comment.hunk === digest)
  }

  /** About hunks of this file that have changed since, or were decided. */
  earlier(path: string): readonly HunkComment[] {
    return this.all.filter((comment) => !comment.current && comment.path === path)
  }
}
