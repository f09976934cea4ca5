/** For `load` functions: the value, or SvelteKit's error page with the server's own words. */
import { error, redirect } from '@sveltejs/kit'
import { resolve } from '$app/paths'
import { call, type Answer } from './client.ts'

/** Gives the value of GET `path`. A lost sign-in leads to the sign-in page; any other refusal to the error page. */
export async function need<T>(fetch: typeof globalThis.fetch, path: string, url: URL): Promise<T> {
  const answer = await call<T>(fetch, 'GET', path)
  if (answer.ok) return answer.value
  signInAgain(answer, url)
  const { status, title, detail, rule } = answer.problem
  error(status >= 400 ? status : 503, { message: detail, title, ...(rule ? { rule } : {}) })
}

/** For parts of a page that may fail alone: the answer as it is, unless the sign-in is lost. */
export async function ask<T>(
  fetch: typeof globalThis.fetch,
  path: string,
  url: URL,
): Promise<Answer<T>> {
  const answer = await call<T>(fetch, 'GET', path)
  signInAgain(answer, url)
  return answer
}

function signInAgain(answer: Answer<unknown>, url: URL): void {
  if (answer.ok || answer.problem.status !== 401) return
  redirect(303, `${resolve('sign-in')}?next=${encodeURIComponent(url.pathname + url.search)}`)
}
