/** A real PostgreSQL of a storm's own, migrated as the product does it, that can be crashed and started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureAppRole, grantToAppRole } from '@relpin/db/app-role.ts'
import { connect, type Sql } from '@relpin/db/connect.ts'
import { startEmbedded } from '@relpin/db/embedded.ts'
import { migrate } from '@relpin/db/migrate.ts'

export type StormDatabase = AsyncDisposable & {
  /** As the services connect. */
  readonly url: string
  /**
   * The storm's own pool, for seeding and for reading storage; it survives a crash. The table `every_row` says of every
   * row that was ever logged whose it is.
   */
  readonly sql: Sql
  /** Immediate shutdown: the server aborts everything and recovers at its next start. */
  readonly crash: () => Promise<void>
  /** On the same port, so that everybody finds it again. */
  readonly start: () => Promise<void>
}

const DATABASE = 'storm'

/** Who wrote a row, and under which fence, is looked for when it may have left the log for the archive already. */
const EVERY_ROW = `
  create table every_row (
    doc text, seq bigint, workspace_id uuid, member_id uuid, fence bigint, at timestamptz default clock_timestamp());
  create function note_row() returns trigger language plpgsql as $$
  begin
    insert into every_row (doc, seq, workspace_id, member_id, fence)
    values (new.doc, new.seq, new.workspace_id, new.member_id, new.fence);
    return null;
  end $$;
  create trigger note_row after insert on update_log for each row execute function note_row();`

export async function stormDatabase(): Promise<StormDatabase> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'relpin-storm-db-'))
  let server = await startEmbedded({ dataFolder })
  const { port } = server
  const admin = connect(server.ownerUrl('postgres'), { max: 1 })
  await ensureAppRole(admin, server.appPassword)
  await admin.unsafe(`create database ${DATABASE}`)
  await admin.end()
  const owner = connect(server.ownerUrl(DATABASE), { max: 1 })
  await migrate(owner)
  await owner.unsafe(EVERY_ROW)
  await grantToAppRole(owner)
  await owner.end()
  const sql = connect(server.appUrl(DATABASE), { max: 4 })
  return {
    url: server.appUrl(DATABASE),
    sql,
    crash: async () => {
      server.kill()
      await server.exited
    },
    start: async () => {
      server = await startEmbedded({ dataFolder, port })
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 })
      await server.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
