/** Starts the demo once for all browser tests, signs everybody in, and stops it afterwards. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiClient } from '@relpin/db/cli/api-client.ts'
import { DEMO_PEOPLE, type DemoState } from '@relpin/db/cli/demo-people.ts'
import type { PersonAtWork, Role, RunningStudio } from './running-studio.ts'
import { startProduct } from './product.ts'

type SignedIn = {
  readonly token: string
  readonly me: { readonly member: { readonly id: string } }
}

export default async function globalSetup(): Promise<() => Promise<void>> {
  // Left running by whoever works on the tests: `RELPIN_E2E_URL` and `RELPIN_E2E_DATA` name it.
  const { RELPIN_E2E_URL: url, RELPIN_E2E_DATA: dataFolder } = process.env
  const product =
    url && dataFolder
      ? { url, dataFolder, pid: 0, stop: () => Promise.resolve() }
      : await startProduct({ command: 'demo' })
  try {
    const state = JSON.parse(
      await readFile(join(product.dataFolder, 'demo.json'), 'utf8'),
    ) as DemoState
    const people: Partial<Record<Role, PersonAtWork>> = {}
    for (const { role, name, email } of DEMO_PEOPLE) {
      const password = state.passwords[email] ?? ''
      const { token, me } = await apiClient(product.url).call<SignedIn>('POST', '/api/sign-in', {
        email,
        password,
      })
      people[role] = { id: me.member.id, name, email, password, token }
    }
    const running: RunningStudio = {
      url: product.url,
      dataFolder: product.dataFolder,
      people: people as Record<Role, PersonAtWork>,
    }
    // The workers inherit it.
    process.env['RELPIN_E2E'] = JSON.stringify(running)
    return product.stop
  } catch (error) {
    await product.stop()
    throw error
  }
}
