/** What the forms before sign-in share: sent once at a time, then to the page where one is in, or the reason why not. */
import { goto } from '$app/navigation'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { call } from '#lib/api/client.ts'

export class Sending {
  busy: boolean = $state(false)
  problem: Problem | null = $state.raw(null)

  /** `to` is a page of this studio. False when it was refused. */
  async send(path: string, body: Readonly<Record<string, string>>, to: string): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    const answer = await call(fetch, 'POST', path, body)
    // Everything that is shown depends on who is signed in.
    // eslint-disable-next-line svelte/no-navigation-without-resolve -- the caller has resolved it
    if (answer.ok) await goto(to, { refreshAll: true })
    else this.problem = answer.problem
    this.busy = false
    return answer.ok
  }
}
