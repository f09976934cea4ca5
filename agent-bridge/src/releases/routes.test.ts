/** Releases over the internal API, on a real database: pinned once per content, downloadable with the same bytes for ever. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ReleaseComparison, ReleaseSummary } from '@relpin/authority/contracts/bridge.ts'
import type { CutResponse } from '@relpin/authority/contracts/collab.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { BUILT_IN_ROLES } from '@relpin/authority/roles.ts'
import { putBlobs, sha256Hex } from '@relpin/db/blobs.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { describe, expect, test } from 'vitest'
import type { BridgeContext } from '../context.ts'
import { dispatch } from '@relpin/db/http/router.ts'
import { releaseRoutes } from './routes.ts'

type Pinned = ReleaseSummary & { outcome: string; leftOut: string[] }
type Files = CutResponse['files']
const text = (path: string, content: string): Files[number] => ({
  path,
  kind: 'text',
  text: content,
})
const binary = async (sql: Sql, path: string, bytes: Uint8Array): Promise<Files[number]> => {
  await putBlobs(sql, [bytes])
  return { path, kind: 'binary', sha256: sha256Hex(bytes), size: bytes.length }
}
const SHOP = [text('src/App.ts', 'export const app = 1\n'), text('README.md', '# Shop\n')]

/** An app, one member per role, and a bridge whose collab-server cuts `main` as it stands in `files`. */
async function setUp(sql: Sql) {
  const [org] = await sql<
    { id: string }[]
  >`insert into orgs (name) values ('Northwind') returning id`
  const orgId = org?.id ?? ''
  const members: Record<string, string> = {}
  for (const { key, name, grants } of BUILT_IN_ROLES) {
    const [member] = await sql<{ id: string }[]>`
      with role as (insert into roles (org_id, key, name, grants)
        values (${orgId}, ${key}, ${name}, ${[...grants]}) returning id)
      insert into members (org_id, kind, name, email, role_id, hue)
      select ${orgId}, 'person', ${name}, ${`${key}@northwind.test`}, id, 10 from role returning id`
    members[key] = member?.id ?? ''
  }
  const [app] = await sql<{ id: string }[]>`
    insert into apps (org_id, slug, name, created_by)
    values (${orgId}, 'shop', 'Shop', ${members['owner'] ?? ''}) returning id`
  const appId = app?.id ?? ''
  await sql`insert into workspaces (org_id, app_id) values (${orgId}, ${appId})`
  const main = { files: SHOP as Files }
  const context = {
    sql,
    collab: {
      post: (path: string) =>
        Promise.resolve({
          ok: path === '/internal/cut',
          value: { ...main, position: { tree: 3 } },
        }),
    },
  } as unknown as BridgeContext
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    dispatch(
      releaseRoutes,
      context,
      method,
      new URL(path, 'http://bridge'),
      {
        headers: {},
        signal: new AbortController().signal,
        body: async (schema) => schema.parse(body) as never,
      },
      (error) => {
        throw error
      },
    )
  const pin = async (role = 'maintainer', title = 'First') => {
    const request = { memberId: members[role], appId, title }
    const response = await call('POST', '/internal/releases', request)
    return { status: response.status, body: (await response.json()) as Pinned & Problem }
  }
  return { appId, members, main, call, pin }
}

describe('pinning a release', () => {
  test('numbers releases, names the parent, and records who pinned what', async () => {
    await using db = await createTestDatabase()
    const { appId, main, pin, call, members } = await setUp(db.sql)
    const first = await pin()
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ number: 1, parent: null, files: 2, outcome: 'pinned' })
    main.files = [...SHOP, text('src/new.ts', '')]
    const second = await pin('owner', 'Second')
    expect(second.body).toMatchObject({ number: 2, parent: first.body.digest, title: 'Second' })

    const list = await call('GET', `/internal/releases?appId=${appId}&limit=1`)
    const page = (await list.json()) as { releases: ReleaseSummary[]; next: number }
    expect(page.releases.map((release) => release.number)).toEqual([2])
    // A cursor that somebody made up is no failure of the service.
    for (const before of ['1e300', '-5', '99999999999', 'x']) {
      const made = await call('GET', `/internal/releases?appId=${appId}&before=${before}`)
      expect(made.status).toBe(200)
    }
    const rest = await call('GET', `/internal/releases?appId=${appId}&before=${page.next}`)
    expect(await rest.json()).toMatchObject({ releases: [{ number: 1 }], next: null })

    const events = await db.sql`select * from audit_events order by id`
    expect(events[0]).toMatchObject({
      action: 'release.pin',
      decision: 'allowed',
      member_id: members['maintainer'],
      target: `release:${first.body.digest.slice(0, 12)} · 2 files`,
    })
    expect(events[1]?.['target']).toContain('3 files')
  })

  test('answers equal content with the release that it already is', async () => {
    await using db = await createTestDatabase()
    const { pin, main } = await setUp(db.sql)
    const first = await pin()
    main.files = SHOP.toReversed()
    const again = await pin('admin', 'Another title')
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ number: 1, title: 'First', outcome: 'already-pinned' })
    expect(again.body.digest).toBe(first.body.digest)
    main.files = [text('README.md', '# Shop!\n'), ...SHOP.slice(0, 1)]
    expect((await pin()).body.digest).not.toBe(first.body.digest)
  })

  test('makes one release of many pins at the same moment', async () => {
    await using db = await createTestDatabase()
    const { pin } = await setUp(db.sql)
    const results = await Promise.all(Array.from({ length: 6 }, () => pin()))
    expect(results.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201])
    expect((await db.sql`select 1 from releases`).length).toBe(1)
  })

  test('is refused to roles without the grant, and the refusal is on record', async () => {
    await using db = await createTestDatabase()
    const { pin } = await setUp(db.sql)
    for (const role of ['viewer', 'reviewer', 'builder']) {
      const { status, body } = await pin(role)
      expect(status).toBe(403)
      expect(body).toMatchObject({ rule: 'action:studio:release:pin' })
      expect(body.detail).toContain('cannot pin a release')
    }
    expect((await db.sql`select 1 from releases`).length).toBe(0)
    const refusals = await db.sql`select 1 from audit_events where decision = 'denied'`
    expect(refusals.length).toBe(3)
  })

  test('never holds a secret file, and says which ones stayed behind', async () => {
    await using db = await createTestDatabase()
    const { pin, main, call, appId } = await setUp(db.sql)
    main.files = [...SHOP, text('.env', 'KEY=hunter2'), text('src/runtime/secrets.ts', 'hunter2')]
    const { body } = await pin()
    expect(body).toMatchObject({ files: 2, leftOut: ['.env', 'src/runtime/secrets.ts'] })
    const tar = await call('GET', `/internal/releases/${body.digest}.tar?appId=${appId}`)
    expect(await tar.text()).not.toContain('hunter2')
    expect((await db.sql`select 1 from blobs`).length).toBe(2)
  })

  test('says why a workspace cannot be pinned', async () => {
    await using db = await createTestDatabase()
    const { pin, main } = await setUp(db.sql)
    main.files = []
    const empty = await pin()
    expect(empty.status).toBe(409)
    expect(empty.body.detail).toContain('nothing to pin')
    main.files = [text('release.json', '{}')]
    const taken = await pin()
    expect(taken.status).toBe(409)
    expect(taken.body.detail).toContain('Rename it')
  })
})

describe('a pinned release', () => {
  test('downloads as a tar with the same bytes every time, which tar unpacks whole', async () => {
    await using db = await createTestDatabase()
    const { pin, main, call, appId, members } = await setUp(db.sql)
    const logo = Uint8Array.from({ length: 5000 }, (_, at) => at % 251)
    const deep = `${'a-long-folder-name/'.repeat(14)}page.ts`
    main.files = [...SHOP, text(deep, 'deep\n'), await binary(db.sql, 'public/logo.png', logo)]
    const { body } = await pin()
    const address = `/internal/releases/${body.digest}.tar?appId=${appId}`
    const [one, two] = await Promise.all([call('GET', address), call('GET', address)])
    const bytes = Buffer.from(await one.arrayBuffer())
    expect(bytes.equals(Buffer.from(await two.arrayBuffer()))).toBe(true)
    expect(one.headers.get('content-length')).toBe(String(bytes.length))

    const folder = await mkdtemp(join(tmpdir(), 'relpin-release-'))
    try {
      await writeFile(join(folder, 'r.tar'), bytes)
      await promisify(execFile)('tar', ['xf', 'r.tar'], { cwd: folder })
      expect(sha256Hex(await readFile(join(folder, 'release.json')))).toBe(body.digest)
      expect(await readFile(join(folder, deep), 'utf8')).toBe('deep\n')
      expect(new Uint8Array(await readFile(join(folder, 'public/logo.png')))).toEqual(logo)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }

    const json = `/internal/releases/${body.digest}.json?appId=${appId}&memberId=${members['viewer']}`
    expect(sha256Hex(await (await call('GET', json)).text())).toBe(body.digest)
    const [event] = await db.sql`select * from audit_events where action = 'release.download'`
    expect(event).toMatchObject({ member_id: members['viewer'], decision: 'allowed' })
  })

  test('is compared with another: added, removed and changed files with their texts', async () => {
    await using db = await createTestDatabase()
    const { pin, main, call, appId } = await setUp(db.sql)
    const from = await pin()
    main.files = [
      text('src/App.ts', 'export const app = 2\n'),
      await binary(db.sql, 'logo.png', Uint8Array.of(0, 1, 2)),
    ]
    const to = await pin()
    const query = `appId=${appId}&from=${from.body.digest}&to=${to.body.digest}`
    const answer = await call('GET', `/internal/releases/compare?${query}`)
    expect(((await answer.json()) as ReleaseComparison).files).toEqual([
      { path: 'README.md', change: 'removed', before: '# Shop\n', after: null },
      { path: 'logo.png', change: 'added', before: null, after: null },
      {
        path: 'src/App.ts',
        change: 'changed',
        before: 'export const app = 1\n',
        after: 'export const app = 2\n',
      },
    ])
  })

  test('is not to be had through another app, a wrong digest or a stranger', async () => {
    await using db = await createTestDatabase()
    const { pin, call, appId } = await setUp(db.sql)
    const { body } = await pin()
    const stranger = '00000000-0000-4000-8000-000000000000'
    for (const path of [
      `${body.digest}.tar?appId=${stranger}`,
      `${body.digest}.tar?appId=nonsense`,
      `${body.digest}.tar?appId=${appId}&memberId=${stranger}`,
      `${'0'.repeat(64)}.tar?appId=${appId}`,
      `${body.digest}.zip?appId=${appId}`,
      `compare?appId=${appId}&from=${body.digest}&to=latest`,
    ]) {
      expect((await call('GET', `/internal/releases/${path}`)).status, path).toBe(404)
    }
  })
})
