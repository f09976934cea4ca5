/** Authors as people know them: names, colours, the agent's model, the patch's title. */
import type { Hand } from '@relpin/authority/contracts/history.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import type { Author } from '@relpin/db/update-log.ts'

/** An author, and the patch that brought the text back if it was deleted in between. */
export type Writer = Author & { readonly restoredIn: string | null }

type Person = { readonly id: string; readonly name: string; readonly hue: number }
type NamedPatch = {
  readonly uuid: string
  readonly id: string
  readonly title: string
  readonly member: string
}

/** Two writers with the same key are the same hand. */
export const writerKey = (one: Writer): string =>
  [one.memberId, one.sessionId, one.patchId, one.approverId, one.restoredIn].join(' ')

/** The hands of these writers, in their order. */
export async function handsOf(
  sql: Queryable,
  writers: readonly Writer[],
): Promise<readonly Hand[]> {
  const patches = await byId(
    writers.flatMap((one) => [one.patchId, one.restoredIn]),
    (ids) =>
      sql<NamedPatch[]>`
      select id as uuid, short_id as id, title, member_id as member from patches where id in ${sql(ids)}`.then(
        (rows) => rows.map((row) => [row.uuid, row] as const),
      ),
  )
  const members = await byId(
    [
      ...writers.flatMap((one) => [one.memberId, one.approverId]),
      ...[...patches.values()].map((one) => one.member),
    ],
    (ids) =>
      sql<Person[]>`select id, name, hue from members where id in ${sql(ids)}`.then((rows) =>
        rows.map((row) => [row.id, row] as const),
      ),
  )
  const sessions = await byId(
    writers.map((one) => one.sessionId),
    (ids) =>
      sql<{ id: string; model: string }[]>`
        select id, model_label as model from sessions where id in ${sql(ids)}`.then((rows) =>
        rows.map((row) => [row.id, row] as const),
      ),
  )
  return writers.map((one): Hand => {
    const back = patches.get(one.restoredIn ?? '')
    const by = members.get(back?.member ?? '')
    return {
      member: members.get(one.memberId ?? '') ?? null,
      session: sessions.get(one.sessionId ?? '') ?? null,
      patch: nameOf(patches.get(one.patchId ?? '')),
      approver: members.get(one.approverId ?? '') ?? null,
      restored: back && by ? { patch: { id: back.id, title: back.title }, by } : null,
    }
  })
}

function nameOf(patch: NamedPatch | undefined): Hand['patch'] {
  return patch ? { id: patch.id, title: patch.title } : null
}

async function byId<T>(
  ids: readonly (string | null)[],
  read: (ids: readonly string[]) => Promise<readonly (readonly [string, T])[]>,
): Promise<ReadonlyMap<string, T>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  return new Map(wanted.length > 0 ? await read(wanted) : [])
}

/** Whose each client id of a document is. */
export async function readWriters(
  sql: Queryable,
  doc: string,
): Promise<ReadonlyMap<number, Writer>> {
  const rows = await sql<({ readonly client: number } & Writer)[]>`
    select client_id as client, member_id as "memberId", session_id as "sessionId", patch_id as "patchId",
           approver_id as "approverId", restored_in as "restoredIn"
    from client_bindings where doc = ${doc}`
  return new Map(rows.map(({ client, ...writer }) => [client, writer]))
}
