/** The tests' own `test`: people with windows of their own, and apps that nobody else uses. */
import {
  test as base,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test'
import { type Api, api } from './api.ts'
import { createApp, type TestApp } from './app.ts'
import { type PersonAtWork, type Role, runningStudio } from './running-studio.ts'
import { Workspace } from './workspace.ts'

export type StudioFixture = {
  readonly url: string
  readonly people: Readonly<Record<Role, PersonAtWork>>
  /** The API as this role, or as nobody. */
  readonly api: (role?: Role) => Api
  readonly app: (files: 'starter' | Readonly<Record<string, string>>) => Promise<TestApp>
  /** A window of somebody who is signed in. */
  readonly window: (who: Role | { token: string }, options?: BrowserContextOptions) => Promise<Page>
  /** The same with an app's workspace in it, and a file open. */
  readonly workspace: (
    who: Role | { token: string },
    app: TestApp,
    path?: string,
    options?: BrowserContextOptions,
  ) => Promise<Workspace>
}

export const test = base.extend<{ studio: StudioFixture }>({
  studio: async ({ browser }, use, info) => {
    const { url, people } = runningStudio()
    const trouble: string[] = []
    const apps: TestApp[] = []
    const as = (role?: Role): Api => api(url, role && people[role].token)
    const open = async (
      who: Role | { token: string },
      options: BrowserContextOptions = {},
    ): Promise<Page> => {
      const context = await browser.newContext({ baseURL: url, ...options })
      const { token } = typeof who === 'string' ? people[who] : who
      await context.addCookies([{ name: 'relpin_sign_in', value: token, url }])
      note(context, trouble)
      return context.newPage()
    }
    await use({
      url,
      people,
      api: as,
      app: async (files) => {
        const app = await createApp(as('owner'), files)
        apps.push(app)
        return app
      },
      window: open,
      workspace: async (who, app, path, options) => {
        const workspace = new Workspace(await open(who, options), app)
        await workspace.enter(path)
        return workspace
      },
    })
    if (info.status !== info.expectedStatus && trouble.length > 0) {
      await info.attach('what went wrong in the windows', { body: trouble.join('\n') })
    }
    for (const context of browser.contexts()) await context.close()
    for (const app of apps) {
      for (const { id, memberId } of await app.sessions()) {
        // A session is closed by whose it is.
        const whose = Object.values(people).find((person) => person.id === memberId)
        await api(url, whose?.token).ask('DELETE', `/api/sessions/${id}`)
      }
      await app.remove()
    }
  },
})

/** A page can fail for what no locator shows: a style sheet that did not come, an exception. */
function note(context: BrowserContext, trouble: string[]): void {
  const add = (what: string): void => {
    trouble.push(`${new Date().toISOString()} ${what}`)
  }
  context.on('requestfailed', (request) =>
    add(`${request.method()} ${request.url()}: ${request.failure()?.errorText ?? 'failed'}`),
  )
  context.on('response', (response) => {
    if (response.status() >= 400) add(`${response.status()} ${response.url()}`)
  })
  context.on('weberror', (error) => add(error.error().stack ?? error.error().message))
  context.on('console', (message) => {
    if (message.type() === 'error') add(message.text())
  })
}

export { expect } from '@playwright/test'
