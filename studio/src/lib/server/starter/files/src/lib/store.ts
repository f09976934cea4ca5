/** The one piece of state on this page, and who wants to hear when it changes. */
import type { Billing, PlanId } from './pricing.ts'

export type Choice = {
  readonly seats: number
  readonly billing: Billing
  readonly planId: PlanId
}

export type Store = {
  readonly choice: () => Choice
  readonly change: (change: Partial<Choice>) => void
  /** Calls `listener` now and after every change. */
  readonly follow: (listener: (choice: Choice) => void) => void
}

export function createStore(start: Choice): Store {
  let current = start
  const listeners: ((choice: Choice) => void)[] = []
  return {
    choice: () => current,
    change: (change) => {
      current = { ...current, ...change }
      for (const listener of listeners) listener(current)
    },
    follow: (listener) => {
      listeners.push(listener)
      listener(current)
    },
  }
}
