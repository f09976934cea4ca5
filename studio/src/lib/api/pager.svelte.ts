/** A list whose older pages are fetched on demand: the first page comes from `load` and may be loaded anew. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from './client.ts'
import type { Page } from './shapes.ts'

type Source<T> = { readonly path: string; readonly first: Page<T> }

export class Pager<T> {
  readonly #source: () => Source<T>
  #older = $state.raw<readonly T[]>([])
  #next = $state.raw<string | null>(null)
  /** The first page that the older ones follow; another one starts over. */
  #after = $state.raw<Page<T> | null>(null)
  busy = $state(false)
  problem = $state.raw<Problem | null>(null)

  constructor(source: () => Source<T>) {
    this.#source = source
  }

  readonly items = $derived.by(() => {
    const { first } = this.#source()
    return this.#after === first ? [...first.items, ...this.#older] : first.items
  })

  readonly more = $derived.by(() => {
    const { first } = this.#source()
    return (this.#after === first ? this.#next : first.next) !== null
  })

  async loadOlder(): Promise<void> {
    const { path, first } = this.#source()
    const cursor = this.#after === first ? this.#next : first.next
    if (cursor === null || this.busy) return
    this.busy = true
    const glue = path.includes('?') ? '&' : '?'
    const answer = await call<Page<T>>(
      fetch,
      'GET',
      `${path}${glue}cursor=${encodeURIComponent(cursor)}`,
    )
    this.busy = false
    if (!answer.ok) {
      this.problem = answer.problem
      return
    }
    this.problem = null
    this.#older =
      this.#after === first ? [...this.#older, ...answer.value.items] : answer.value.items
    this.#next = answer.value.next
    this.#after = first
  }
}
