/** The patch that the meant hunk belongs to: all its open hunks over all its files, for counting and for going through them. */
import type { PatchDetail } from '@relpin/authority/contracts/collab.ts'
import { call } from '#lib/api/client.ts'
import { AtMostEvery } from '#lib/ui/at-most-every.ts'

/** While its author types, a patch changes with every key. */
const LOAD_EVERY_MS = 1_000

export type Stop = { readonly fileId: string; readonly path: string; readonly digest: string }

export class PatchOutline {
  patch: string | null = $state(null)
  stops: readonly Stop[] = $state.raw([])
  readonly files = $derived(
    this.stops.filter((stop, at) => this.stops.findIndex((s) => s.fileId === stop.fileId) === at)
      .length,
  )
  readonly #app: string
  #asked = 0
  #wanted: string | null = null
  readonly #loading = new AtMostEvery(LOAD_EVERY_MS, () => void this.#load())

  constructor(app: string) {
    this.#app = app
  }

  /** A patch is in front, or its hunks are others now. */
  follow(patch: string): void {
    const isAnother = patch !== this.#wanted
    this.#wanted = patch
    if (isAnother) this.#loading.now()
    else this.#loading.ask()
  }

  /** The newest question wins. */
  async #load(): Promise<void> {
    const patch = this.#wanted
    if (patch === null) return
    const turn = ++this.#asked
    const answer = await call<PatchDetail>(
      fetch,
      'GET',
      `/api/patches/${patch}?app=${encodeURIComponent(this.#app)}`,
    )
    if (turn !== this.#asked) return
    this.patch = patch
    this.stops = answer.ok
      ? answer.value.diffs.flatMap((file) =>
          file.hunks.map(({ digest }) => ({ fileId: file.fileId, path: file.path, digest })),
        )
      : []
  }

  forget(): void {
    this.#loading.stop()
    this.#wanted = null
    this.#asked += 1
    this.patch = null
    this.stops = []
  }

  /** From 1; `null` when the hunk is not (yet) in the outline. */
  positionOf(digest: string): number | null {
    const index = this.stops.findIndex((stop) => stop.digest === digest)
    return index < 0 ? null : index + 1
  }

  /** The next stop of the patch, round and round. */
  after(digest: string, step: 1 | -1): Stop | null {
    const index = this.stops.findIndex((stop) => stop.digest === digest)
    if (index < 0) return null
    return this.stops[(index + step + this.stops.length) % this.stops.length] ?? null
  }
}
