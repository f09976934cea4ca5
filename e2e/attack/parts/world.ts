/** What is attacked: a running product with an app, people of every role, and honest clients that must not notice. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { api, type Api } from '../../support/api.ts'
import { createApp, type TestApp } from '../../support/app.ts'
import { openRaw, type RawDocument } from '../../support/raw-document.ts'
import { RawSocket } from './raw-socket.ts'
import type { PersonAtWork, Role } from '../../support/running-studio.ts'

const VICTIM = { path: 'src/victim.ts', text: 'export const price = 10\nconst note = "𝄞"\n' }
/** Where the honest typist types. */
export const HONEST = { path: 'src/honest.ts', text: '//\n' }
const FILES = [
  VICTIM,
  HONEST,
  { path: 'src/typed.ts', text: '//\n' },
  { path: 'src/spare.ts', text: 'spare\n' },
  { path: 'src/pile.ts', text: 'pile\n' },
  { path: 'src/large.ts', text: 'const line = "which is here many times"\n'.repeat(12_000) },
  { path: 'AGENTS.md', text: '# Rules\n' },
]

export type Token = { readonly token: string; readonly expiresAt: string }
export type Newcomer = { readonly id: string; readonly token: string; readonly api: Api }

export class World {
  readonly url: string
  readonly people: Readonly<Record<Role, PersonAtWork>>
  readonly app: TestApp
  readonly otherApp: TestApp
  readonly workspaceId: string
  readonly #files: ReadonlyMap<string, string>
  readonly #otherFiles: ReadonlyMap<string, string>
  /** The honest two in the victim file: who typed in it, and who looks on. */
  readonly author: RawDocument
  readonly reader: RawDocument
  readonly serverPid: () => Promise<number | null>
  /** All that the product has written about itself. */
  readonly said: () => Promise<string>
  #expected: string
  #pid: number | null = null
  readonly #sockets = new Set<RawSocket>()

  private constructor(
    set: Pick<World, 'url' | 'people' | 'app' | 'otherApp' | 'workspaceId' | 'author' | 'reader'>,
    files: ReadonlyMap<string, string>,
    otherFiles: ReadonlyMap<string, string>,
    serverPid: () => Promise<number | null>,
    said: () => Promise<string>,
  ) {
    this.said = said
    this.url = set.url
    this.people = set.people
    this.app = set.app
    this.otherApp = set.otherApp
    this.workspaceId = set.workspaceId
    this.author = set.author
    this.reader = set.reader
    this.#files = files
    this.#otherFiles = otherFiles
    this.serverPid = serverPid
    this.#expected = set.author.text.toString()
  }

  static async open(
    url: string,
    people: Readonly<Record<Role, PersonAtWork>>,
    serverPid: () => Promise<number | null>,
    said: () => Promise<string>,
  ): Promise<World> {
    const owner = api(url, people.owner.token)
    const app = await createApp(owner, Object.fromEntries(FILES.map((it) => [it.path, it.text])))
    const otherApp = await createApp(owner, { 'src/victim.ts': 'another app\n' })
    const files = await fileIds(owner, app)
    const name = (): string => fileDocument(files.get(VICTIM.path) ?? '')
    const maintainer = api(url, people.maintainer.token)
    const author = await openRaw(url, maintainer, app.slug, name)
    const reader = await openRaw(url, owner, app.slug, name)
    author.text.insert(0, '// by an honest hand\n')
    author.text.delete(3, 3)
    const { workspaceId } = await owner.call<{ workspaceId: string }>('POST', '/api/collab-token', {
      app: app.slug,
    })
    const set = { url, people, app, otherApp, workspaceId, author, reader }
    const world = new World(set, files, await fileIds(owner, otherApp), serverPid, said)
    world.#pid = await serverPid()
    return world
  }

  api(role: Role): Api {
    return api(this.url, this.people[role].token)
  }

  file(path: string): string {
    return fileDocument(this.fileId(path))
  }

  fileId(path: string): string {
    const id = this.#files.get(path)
    if (id === undefined) throw new Error(`there is no ${path}`)
    return id
  }

  get victim(): string {
    return this.file(VICTIM.path)
  }

  get otherVictim(): string {
    return fileDocument(this.#otherFiles.get('src/victim.ts') ?? '')
  }

  async token(role: Role, app = this.app): Promise<string> {
    return this.tokenOf(this.api(role), app)
  }

  async tokenOf(who: Api, app = this.app): Promise<string> {
    const { token } = await who.call<Token>('POST', '/api/collab-token', { app: app.slug })
    return token
  }

  async socket(options: Parameters<typeof RawSocket.open>[1] = {}): Promise<RawSocket> {
    const socket = await RawSocket.open(this.url, options)
    this.#sockets.add(socket)
    return socket
  }

  /** A socket on which this role has the document open. */
  async joined(role: Role, document = this.victim): Promise<RawSocket> {
    const socket = await this.socket()
    await socket.join(document, await this.token(role))
    return socket
  }

  /** A member of their own, to be demoted, removed or signed out. */
  async newcomer(role: Role): Promise<Newcomer> {
    const owner = this.api('owner')
    const { url } = await owner.call<{ url: string }>('POST', '/api/invitations', { role })
    const link = url.split('/').at(-1) ?? ''
    const name = `Guest ${randomBytes(3).toString('hex')}`
    const { token, me } = await api(this.url).call<{
      token: string
      me: { member: { id: string } }
    }>('POST', `/api/invitations/${link}`, {
      name,
      email: `${name.replace(' ', '.').toLowerCase()}@northwind.example`,
      password: randomBytes(12).toString('hex'),
    })
    return { id: me.member.id, token, api: api(this.url, token) }
  }

  closeSockets(): void {
    for (const socket of this.#sockets) socket.close()
    this.#sockets.clear()
  }

  /** What the attack did to others, in words; `null` when nobody noticed anything. */
  async harm(): Promise<string | null> {
    const pid = await this.serverPid()
    if (pid !== this.#pid) return 'the server ended and was started again'
    const main = await this.app.text(VICTIM.path)
    if (main !== this.#expected)
      return `the victim's file became ${JSON.stringify(main.slice(0, 80))}`
    for (const [who, { doc, text, provider }] of [
      ['author', this.author],
      ['reader', this.reader],
    ] as const) {
      if (text.toString() !== this.#expected) return `the ${who} sees another text`
      if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
        return `the ${who} waits for pieces that do not exist`
      if (!provider.isSynced) return `the ${who} was cut off`
    }
    return null
  }

  /** The author types on: what an attack was to prevent. */
  async authorTypes(text: string): Promise<void> {
    this.author.text.insert(this.author.text.length, text)
    this.#expected = this.author.text.toString()
    const until = Date.now() + 8_000
    while (this.reader.text.toString() !== this.#expected) {
      if (Date.now() > until) throw new Error('what the author typed did not arrive')
      await delay(5)
    }
  }

  async close(): Promise<void> {
    this.closeSockets()
    this.author.close()
    this.reader.close()
    await this.app.remove()
    await this.otherApp.remove()
  }
}

async function fileIds(owner: Api, app: TestApp): Promise<ReadonlyMap<string, string>> {
  const { items } = await owner.call<{ items: { fileId: string; path: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/files?limit=200`,
  )
  return new Map(items.map(({ path, fileId }) => [path, fileId]))
}
