/** An app of a test's own, so that tests run side by side: made and filled through the API, removed at the end. */
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { randomBytes } from 'node:crypto'
import type { Api } from './api.ts'

export type TestApp = {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Main's text of a file, as the server has it. */
  readonly text: (path: string) => Promise<string>
  readonly paths: () => Promise<readonly string[]>
  readonly patches: (state?: 'open') => Promise<readonly PatchSummary[]>
  /** Those that are open; each is an OpenCode process. */
  readonly sessions: () => Promise<readonly SessionSummary[]>
  readonly remove: () => Promise<void>
}

type Page<T> = { readonly items: readonly T[] }
type Created = {
  readonly app: { readonly id: string; readonly slug: string; readonly name: string }
}

/** `owner` makes it, from the starter or with exactly the `files`. */
export async function createApp(
  owner: Api,
  files: 'starter' | Readonly<Record<string, string>>,
): Promise<TestApp> {
  const name = `app-${randomBytes(5).toString('hex')}`
  const from = files === 'starter' ? 'starter' : 'empty'
  const { app } = await owner.call<Created>('POST', '/api/apps', { name, from })
  if (files !== 'starter') {
    for (const [path, text] of Object.entries(files)) {
      await owner.call('POST', `/api/apps/${app.slug}/files`, { path, text })
    }
  }
  return appOf(owner, app)
}

/** An app that is there already, looked at by `owner`. */
export function appOf(owner: Api, app: Created['app']): TestApp {
  const base = `/api/apps/${app.slug}`
  const text = async (path: string): Promise<string> => {
    const answer = await owner.ask('GET', `${base}/files/${path}`)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return answer.text
  }
  return {
    ...app,
    text,
    paths: async () => {
      const { items } = await owner.call<Page<{ path: string }>>('GET', `${base}/files?limit=200`)
      return items.map(({ path }) => path)
    },
    patches: async (state) => {
      const query = state ? `?state=${state}` : ''
      return (await owner.call<Page<PatchSummary>>('GET', `${base}/patches${query}`)).items
    },
    sessions: async () => {
      const { json } = await owner.ask('GET', `${base}/sessions`)
      // A test may have removed the app itself.
      const { items = [] } = json as Partial<Page<SessionSummary>>
      return items.filter(({ closedAt }) => closedAt === null)
    },
    remove: async () => {
      await owner.ask('DELETE', base)
    },
  }
}
