/** One look at an app's preview: it is opened, and its state followed until one looks away. */
import type { PreviewState } from '@relpin/authority/contracts/preview.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from '#lib/api/client.ts'

type Opened = { readonly id: string; readonly url: string; readonly state: PreviewState }

export class PreviewSession {
  readonly #slug: string
  #source: EventSource | null = null
  #asked = 0
  /** `null` until it is opened. */
  url: string | null = $state(null)
  state: PreviewState | null = $state.raw(null)
  /** Why it was refused. */
  problem: Problem | null = $state.raw(null)

  constructor(slug: string) {
    this.#slug = slug
  }

  /** `anew` ends one that runs and starts another. */
  async open(anew = false): Promise<void> {
    this.close()
    const asked = this.#asked
    this.problem = null
    this.state = null
    const path = `/api/apps/${encodeURIComponent(this.#slug)}/preview`
    const answer = await call<Opened>(fetch, 'POST', path, { anew })
    // One may have looked away, or asked again, meanwhile.
    if (asked !== this.#asked) return
    if (!answer.ok) {
      this.problem = answer.problem
      return
    }
    this.url = answer.value.url
    this.state = answer.value.state
    this.#follow(answer.value.id)
  }

  close(): void {
    this.#asked++
    this.#source?.close()
    this.#source = null
    this.url = null
  }

  #follow(id: string): void {
    const source = new EventSource(`/api/previews/${id}/events`)
    this.#source = source
    source.onmessage = (message: MessageEvent<string>) => {
      this.state = JSON.parse(message.data) as PreviewState
      // The browser would come again, to what is not there any more.
      if (this.state.phase === 'ended') source.close()
    }
    source.onerror = () => {
      // Closed by the browser itself: it was refused, so there is no such preview now.
      if (source.readyState === EventSource.CLOSED && this.#source === source)
        this.state = { phase: 'ended', why: 'It has ended, or the studio was started anew.' }
    }
  }
}
