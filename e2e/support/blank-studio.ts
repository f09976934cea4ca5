/** A second installation, still blank, for the tests that need the first visit or that break a service on purpose. */
import { readdir, readFile } from 'node:fs/promises'
import { api } from './api.ts'
import { type Product, startProduct } from './product.ts'
import { runningStudio } from './running-studio.ts'

export const OWNER = {
  org: 'Lantern Works',
  name: 'Odile Brandt',
  email: 'odile@lantern.example',
  password: 'a long enough password',
}

/** Model servers on this machine are allowed, so that it can use the demo's scripted model. */
export function startBlank(env: NodeJS.ProcessEnv = {}): Promise<Product> {
  return startProduct({ command: 'start', env: { RELPIN_ALLOW_LOCAL_MODELS: '1', ...env } })
}

/** The address of the scripted model that the demo of these tests runs. */
export async function demoModelUrl(): Promise<string> {
  const { url, people } = runningStudio()
  const { items } = await api(url, people.owner.token).call<{
    items: { demo: boolean; baseUrl: string }[]
  }>('GET', '/api/credentials')
  const demo = items.find((credential) => credential.demo)
  if (!demo) throw new Error('The demo has no credential for its model.')
  return demo.baseUrl
}

/** The process id of one of a product's services; `null` while it is not running. */
export async function servicePid(product: Product, name: string): Promise<number | null> {
  const all = await family(product)
  return all.find(({ args }) => args.includes(`${name}/src/`))?.pid ?? null
}

/** The process ids of a product's built-in PostgreSQL, the first of them its head. */
export async function postgresPids(product: Product): Promise<readonly number[]> {
  const all = await family(product)
  return all
    .filter(({ args }) => /^(\S*\/)?postgres(:|\0|$)/.test(args))
    .map(({ pid }) => pid)
    .sort((a, b) => a - b)
}

/** The process ids of a product and of all that it has started. */
export async function allPids(product: Product): Promise<readonly number[]> {
  return (await family(product)).map(({ pid }) => pid)
}

/** All that a product has started. */
async function family(product: Product): Promise<readonly Process[]> {
  const all = await processes()
  const below = new Set([product.pid])
  for (let size = 0; size < below.size;) {
    size = below.size
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid)
  }
  return all.filter(({ pid }) => below.has(pid))
}

type Process = { readonly pid: number; readonly parent: number; readonly args: string }

/** From /proc, because a small Debian has no `ps`. Those that end meanwhile are left out. */
async function processes(): Promise<readonly Process[]> {
  const names = await readdir('/proc')
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        try {
          const stat = await readFile(`/proc/${name}/stat`, 'utf8')
          const args = await readFile(`/proc/${name}/cmdline`, 'utf8')
          const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
          return [{ pid: Number(name), parent: Number(parent), args }]
        } catch {
          return []
        }
      }),
  )
  return found.flat()
}
