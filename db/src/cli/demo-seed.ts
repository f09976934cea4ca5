/** Fills the demo's organization through the product's own HTTP API; what is there already stays as it is. */
import { type ApiClient, apiClient, signInClient } from './api-client.ts'
import { DEMO_APP, DEMO_ORG, DEMO_PEOPLE, type DemoPerson, type DemoState } from './demo-people.ts'

type Page<T> = { readonly items: readonly T[] }
type Credential = { readonly id: string; readonly demo: boolean; readonly baseUrl: string }

type SeedInput = {
  readonly url: string
  readonly state: DemoState
  /** The OpenAI-compatible address of the demo model. */
  readonly modelUrl: string
}

/** Throws `PlainError` when the API refuses a step; a later call goes on where this one ended. */
export async function seedDemo({ url, state, modelUrl }: SeedInput): Promise<void> {
  const [owner, ...others] = DEMO_PEOPLE as readonly [DemoPerson, ...DemoPerson[]]
  const passwordOf = (person: DemoPerson): string => state.passwords[person.email] ?? ''
  const guest = apiClient(url)
  const { done } = await guest.call<{ done: boolean }>('GET', '/api/setup')
  if (!done) {
    await guest.call('POST', '/api/setup', {
      org: DEMO_ORG,
      name: owner.name,
      email: owner.email,
      password: passwordOf(owner),
    })
  }
  const api = await signInClient(url, owner.email, passwordOf(owner))
  await registerModel(api, modelUrl)
  if (state.seeded) return
  const { items } = await api.call<Page<{ email: string }>>('GET', '/api/members')
  const there = new Set(items.map(({ email }) => email))
  for (const person of others.filter(({ email }) => !there.has(email))) {
    await join(api, guest, person, passwordOf(person))
  }
  await makeApp(api)
}

async function join(
  api: ApiClient,
  guest: ApiClient,
  person: DemoPerson,
  password: string,
): Promise<void> {
  const { url } = await api.call<{ url: string }>('POST', '/api/invitations', {
    role: person.role,
    email: person.email,
  })
  const token = new URL(url).pathname.split('/').at(-1) ?? ''
  await guest.call('POST', `/api/invitations/${token}`, {
    name: person.name,
    email: person.email,
    password,
  })
}

/** The credential that names the model's port of today; one of another day would lead nowhere. */
async function registerModel(api: ApiClient, modelUrl: string): Promise<void> {
  const { items } = await api.call<Page<Credential>>('GET', '/api/credentials')
  const demo = items.filter((credential) => credential.demo)
  for (const old of demo.filter(({ baseUrl }) => baseUrl !== modelUrl)) {
    await api.call('DELETE', `/api/credentials/${old.id}`)
  }
  if (demo.some(({ baseUrl }) => baseUrl === modelUrl)) return
  await api.call('POST', '/api/credentials', {
    environment: 'DEV',
    provider: 'demo',
    baseUrl: modelUrl,
    key: '',
    models: [{ id: 'demo', label: 'Demo model' }],
  })
}

async function makeApp(api: ApiClient): Promise<void> {
  const { items } = await api.call<Page<{ slug: string }>>('GET', '/api/apps')
  if (items.some(({ slug }) => slug === DEMO_APP)) return
  await api.call('POST', '/api/apps', { name: DEMO_APP, from: 'starter' })
}
