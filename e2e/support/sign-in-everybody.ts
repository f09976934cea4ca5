/** Signs in everybody of a running demo, with the passwords that it keeps in its data folder. */
import { apiClient } from '@relpin/db/cli/api-client.ts'
import { DEMO_PEOPLE, type DemoState } from '@relpin/db/cli/demo-people.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PersonAtWork, Role } from './running-studio.ts'

type SignedIn = {
  readonly token: string
  readonly me: { readonly member: { readonly id: string } }
}

export async function signInEverybody(product: {
  readonly url: string
  readonly dataFolder: string
}): Promise<Readonly<Record<Role, PersonAtWork>>> {
  const file = await readFile(join(product.dataFolder, 'demo.json'), 'utf8')
  const { passwords } = JSON.parse(file) as DemoState
  const people: Partial<Record<Role, PersonAtWork>> = {}
  for (const { role, name, email } of DEMO_PEOPLE) {
    const password = passwords[email] ?? ''
    const signIn = { email, password }
    const { token, me } = await apiClient(product.url).call<SignedIn>(
      'POST',
      '/api/sign-in',
      signIn,
    )
    people[role] = { id: me.member.id, name, email, password, token }
  }
  return people as Record<Role, PersonAtWork>
}
