/**
 * Trials of one revocation each: somebody types without a pause, their authority ends over the API, their socket is
 * cut. The last that the log had of them is noted inside the transaction that revokes: it holds their row, so what it sees
 * there is all that committed before; any row behind that one was appended after.
 */
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { forged, someClient } from '../../attack/parts/forge.ts'
import { RawSocket } from '../../attack/parts/raw-socket.ts'
import { api, type Api } from '../../support/api.ts'
import { createApp, type TestApp } from '../../support/app.ts'
import type { PersonAtWork, Role } from '../../support/running-studio.ts'

export const KINDS = ['role', 'removal', 'sign-out'] as const
export type Kind = (typeof KINDS)[number]

export type Trial = {
  readonly kind: Kind
  /** From just before the revocation committed until the socket was closed. */
  readonly cutMs: number
  /** Rows of the victim that were appended after the revocation. */
  readonly late: number
  /** Updates that were acknowledged. */
  readonly keys: number
}

const EVERY_MS = 4
const TYPES_FIRST_MS = 150
const WITHIN_MS = 10_000

export class Revocations {
  readonly #url: string
  readonly #owner: Api
  readonly #sql: Sql
  readonly #app: TestApp
  readonly #document: string

  private constructor(url: string, owner: Api, sql: Sql, app: TestApp, document: string) {
    this.#url = url
    this.#owner = owner
    this.#sql = sql
    this.#app = app
    this.#document = document
  }

  static async open(
    url: string,
    people: Readonly<Record<Role, PersonAtWork>>,
    sql: Sql,
  ): Promise<Revocations> {
    const owner = api(url, people.owner.token)
    const app = await createApp(owner, { 'src/typed.ts': '//\n' })
    const { items } = await owner.call<{ items: { fileId: string }[] }>(
      'GET',
      `/api/apps/${app.slug}/files`,
    )
    await mark(sql)
    return new Revocations(url, owner, sql, app, fileDocument(items[0]?.fileId ?? ''))
  }

  async run(kind: Kind): Promise<Trial> {
    const victim = await this.#newcomer()
    const { token } = await victim.api.call<{ token: string }>('POST', '/api/collab-token', {
      app: this.#app.slug,
    })
    const socket = await RawSocket.open(this.#url)
    await socket.join(this.#document, token)
    let cutAt: number | null = null
    socket.webSocket.on('close', () => (cutAt = Date.now()))
    const client = someClient()
    let clock = 0
    const typing = setInterval(() => {
      const left = clock > 0 ? { left: [client, clock - 1] as const } : {}
      socket.update(this.#document, forged([{ client, clock, pieces: [{ text: 'k', ...left }] }]))
      clock += 1
    }, EVERY_MS)
    await delay(TYPES_FIRST_MS + Math.random() * EVERY_MS * 4)
    await this.#revoke(kind, victim)
    const until = Date.now() + WITHIN_MS
    while (cutAt === null && Date.now() < until) await delay(1)
    // What was on its way may still try.
    await delay(50)
    clearInterval(typing)
    socket.close()
    if (cutAt === null) throw new Error(`${kind}: the socket was not cut`)
    if (socket.ended?.code !== 4403) throw new Error(`cut with ${socket.summary()}`)
    const [marked] = await this.#sql<{ at: number; late: number; logged: boolean }[]>`
      select (extract(epoch from at) * 1000)::float8 as at, last > 0 as logged,
        (select count(*) from update_log l where l.member_id = r.member_id and l.seq > r.last)::int as late
      from bench_revoked r where member_id = ${victim.id} order by at limit 1`
    if (!marked?.logged) throw new Error('nothing was logged, or the revocation was not noticed')
    const keys = socket.heard.filter((one) => one.what === 'status' && one.saved).length
    return { kind, keys, late: marked.late, cutMs: Math.max(0, cutAt - marked.at) }
  }

  async close(): Promise<void> {
    await unmark(this.#sql)
    await this.#app.remove()
  }

  async #revoke(kind: Kind, victim: { readonly id: string; readonly api: Api }): Promise<void> {
    switch (kind) {
      case 'role':
        await this.#owner.call('PATCH', `/api/members/${victim.id}`, { role: 'viewer' })
        return
      case 'removal':
        await this.#owner.call('DELETE', `/api/members/${victim.id}`)
        return
      case 'sign-out':
        await victim.api.call('DELETE', '/api/sign-in')
    }
  }

  async #newcomer(): Promise<{ readonly id: string; readonly api: Api }> {
    const { url } = await this.#owner.call<{ url: string }>('POST', '/api/invitations', {
      role: 'builder',
    })
    const name = `Guest ${randomBytes(5).toString('hex')}`
    const { token, me } = await api(this.#url).call<{
      token: string
      me: { member: { id: string } }
    }>('POST', `/api/invitations/${url.split('/').at(-1) ?? ''}`, {
      name,
      email: `${name.replace(' ', '.').toLowerCase()}@northwind.example`,
      password: randomBytes(12).toString('hex'),
    })
    return { id: me.member.id, api: api(this.#url, token) }
  }
}

/** Lets the database note each revocation in its own transaction. Only a bench that owns the database may. */
async function mark(sql: Sql): Promise<void> {
  await unmark(sql)
  await sql.unsafe(`
    create table bench_revoked (member_id uuid, last bigint, at timestamptz);
    create function bench_note() returns trigger language plpgsql security definer as $$
    declare victim uuid;
    begin
      if tg_table_name = 'members' then victim := new.id; else victim := old.member_id; end if;
      insert into bench_revoked
        select victim, coalesce(max(seq), 0), clock_timestamp() from update_log where member_id = victim;
      return null;
    end $$;
    create trigger bench_members after update of role_id, removed_at on members
      for each row execute function bench_note();
    create trigger bench_sign_ins after delete on sign_ins
      for each row execute function bench_note();`)
}

async function unmark(sql: Sql): Promise<void> {
  await sql.unsafe(`
    drop table if exists bench_revoked;
    drop function if exists bench_note cascade;`)
}
