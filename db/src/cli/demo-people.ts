/** The invented people of the demo organization, and where their passwords are kept. */
import { randomInt } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const DEMO_ORG = 'Northwind'
export const DEMO_APP = 'storefront'

export type DemoPerson = {
  readonly name: string
  readonly email: string
  readonly role: 'owner' | 'admin' | 'maintainer' | 'builder' | 'reviewer' | 'viewer'
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { name: 'Mira Kovač', email: 'mira@northwind.example', role: 'owner' },
  { name: 'Anselm Oduya', email: 'anselm@northwind.example', role: 'admin' },
  { name: 'Tovah Lindqvist', email: 'tovah@northwind.example', role: 'maintainer' },
  { name: 'Bastien Okafor', email: 'bastien@northwind.example', role: 'builder' },
  { name: 'Renske Alvarado', email: 'renske@northwind.example', role: 'reviewer' },
  { name: 'Ilse Varga', email: 'ilse@northwind.example', role: 'viewer' },
]

export type DemoState = {
  readonly passwords: Readonly<Record<string, string>>
  /** Where the demo model listened last; a credential names this port. */
  readonly modelPort: number | null
  /** People and app are made once: who removes one does not get it back. */
  readonly seeded: boolean
}

/** Reads what an earlier demo in this folder noted, or makes new passwords. */
export async function loadDemoState(dataFolder: string): Promise<DemoState> {
  const text = await readFile(pathOf(dataFolder), 'utf8').catch(() => null)
  if (text !== null) return JSON.parse(text) as DemoState
  const passwords = Object.fromEntries(DEMO_PEOPLE.map(({ email }) => [email, makePassword()]))
  const state = { passwords, modelPort: null, seeded: false }
  await saveDemoState(dataFolder, state)
  return state
}

/** Kept before anything is made with it, readable by this user only. */
export async function saveDemoState(dataFolder: string, state: DemoState): Promise<void> {
  const path = pathOf(dataFolder)
  await writeFile(`${path}.new`, JSON.stringify(state, null, 2), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

const pathOf = (dataFolder: string): string => join(dataFolder, 'demo.json')

/** Easy to type from a terminal: three groups of four, without letters that look alike; 58 bits. */
function makePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  const letter = () => alphabet[randomInt(alphabet.length)] ?? ''
  const group = () => Array.from({ length: 4 }, letter).join('')
  return [group(), group(), group()].join('-')
}
