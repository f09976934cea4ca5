/** The member's own draft patch, that grows while they type and waits to be submitted for review. */
import type { PatchDetail, PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from '#lib/api/client.ts'
import type { Page } from '#lib/api/shapes.ts'
import { AtMostEvery } from '#lib/ui/at-most-every.ts'
import { say, sayProblem } from '#lib/ui/toast.ts'

/** While one types, the draft changes with every key. */
const LOOK_EVERY_MS = 1_000

export class OwnProposal {
  draft: PatchSummary | null = $state.raw(null)
  submitting = $state(false)
  readonly #app: string
  readonly #memberId: string
  #asked = 0
  readonly #looking = new AtMostEvery(LOOK_EVERY_MS, () => void this.#look())

  constructor(app: string, memberId: string) {
    this.#app = app
    this.#memberId = memberId
  }

  /** Looks whether a draft is open: something may have changed. */
  refresh(): void {
    this.#looking.ask()
  }

  async #look(): Promise<void> {
    const turn = ++this.#asked
    const answer = await call<Page<PatchSummary>>(
      fetch,
      'GET',
      `/api/apps/${encodeURIComponent(this.#app)}/patches?limit=50`,
    )
    if (turn !== this.#asked || !answer.ok) return
    this.draft =
      answer.value.items.find(
        (patch) =>
          patch.state === 'draft' &&
          !patch.author.agent &&
          patch.author.memberId === this.#memberId,
      ) ?? null
  }

  async submit(): Promise<void> {
    const { draft } = this
    if (!draft || this.submitting) return
    this.submitting = true
    const answer = await call<PatchSummary>(fetch, 'POST', `/api/patches/${draft.id}/submit`, {
      app: this.#app,
    })
    this.submitting = false
    if (!answer.ok) return sayProblem(answer.problem)
    this.draft = null
    say(`Patch ${draft.id} is submitted.`, 'A Maintainer sees it under Proposals.')
  }

  /** Takes back all of the draft as it is now. Gives the problem to show, or `null` when it is done. */
  async withdraw(): Promise<Problem | null> {
    const { draft } = this
    if (!draft) return null
    const app = encodeURIComponent(this.#app)
    const seen = await call<PatchDetail>(fetch, 'GET', `/api/apps/${app}/patches/${draft.id}`)
    if (!seen.ok) return seen.problem
    const hunks = seen.value.diffs.flatMap((file) => file.hunks.map(({ digest }) => digest))
    const answer =
      hunks.length === 0
        ? null
        : await call(fetch, 'POST', `/api/patches/${draft.id}/reject?app=${app}`, { hunks })
    if (answer && !answer.ok) return answer.problem
    this.draft = null
    say(`Patch ${draft.id} is withdrawn.`, 'Main stays as it is.')
    return null
  }
}
