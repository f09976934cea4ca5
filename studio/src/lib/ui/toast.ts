/** Short words about what just happened, in the corner; screen readers hear them. <Toaster /> stands in the root layout. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { toast } from 'svelte-sonner'

/** It worked: "Invitation link copied." */
export function say(title: string, description?: string): void {
  toast(title, { ...(description ? { description } : {}), class: 'toast-landed' })
}

/** It waits: "Queued as patch 1f4a." */
export function sayPending(title: string, description?: string): void {
  toast(title, { ...(description ? { description } : {}), class: 'toast-pending' })
}

/** It was refused or failed; stays long enough to be read. */
export function sayProblem(problem: Problem): void {
  toast.error(problem.title, {
    description: problem.rule ? `${problem.detail} (rule ${problem.rule})` : problem.detail,
    duration: 9_000,
    class: 'toast-denied',
  })
}
