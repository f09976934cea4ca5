/** What every test knows of the product that the set-up started. */
import type { DemoPerson } from '@relpin/db/cli/demo-people.ts'

export type Role = DemoPerson['role']

export type PersonAtWork = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly password: string
  /** A sign-in's token: the API takes it as a bearer, the pages as their cookie. */
  readonly token: string
}

export type RunningStudio = {
  readonly url: string
  readonly dataFolder: string
  /** The demo's people, one for each role. */
  readonly people: Readonly<Record<Role, PersonAtWork>>
}

/** Throws when it is asked outside of a test run. */
export function runningStudio(): RunningStudio {
  const text = process.env['RELPIN_E2E']
  if (!text)
    throw new Error('The product was not started: run the tests with "npm test -- browser".')
  return JSON.parse(text) as RunningStudio
}

export const firstName = (name: string): string => name.split(' ')[0] ?? name
