/** One clock for all relative times of a page, so that they change together and cost one timer. */
import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 30_000)
  return () => clearInterval(timer)
})

export const minute = {
  /** Milliseconds since 1970; effects that read it run again every half minute. */
  get now(): number {
    subscribe()
    return Date.now()
  },
}
