/** One clock for everything that counts seconds; it runs only while something on the page reads it. */
import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 500)
  return () => clearInterval(timer)
})

export const ticker = {
  /** Milliseconds since 1970. */
  get now(): number {
    subscribe()
    return Date.now()
  },
}
