/** A state that changes now and then, for any number of followers; each sees the present one and then the newest. */
import type { PreviewState } from '@relpin/authority/contracts/preview.ts'

export class WatchedState {
  #state: PreviewState = { phase: 'installing' }
  #news = Promise.withResolvers<undefined>()

  get now(): PreviewState {
    return this.#state
  }

  set(state: PreviewState): void {
    if (this.#state.phase === 'ended') return
    this.#state = state
    const told = this.#news
    this.#news = Promise.withResolvers()
    told.resolve(undefined)
  }

  /** To its end, or until nobody listens. */
  async *follow(signal: AbortSignal): AsyncGenerator<PreviewState> {
    const gone = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    let told: PreviewState | null = null
    while (!signal.aborted) {
      const { promise } = this.#news
      const state = this.#state
      if (state !== told) {
        told = state
        yield state
        if (state.phase === 'ended') return
        continue
      }
      await Promise.race([promise, gone])
    }
  }
}
