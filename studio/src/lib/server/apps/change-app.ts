/** Creating, renaming, archiving and deleting apps, each recorded in the same transaction. */
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  createApp,
  deleteApp,
  findApp,
  renameApp,
  setAppArchived,
  type App,
} from '@relpin/db/apps.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { notFound } from '#lib/server/api/problems.ts'
import { importFiles, type Imported } from '#lib/server/apps/import-files.ts'
import type { ImportPlan } from '#lib/server/archives/plan-import.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type Action = 'app.create' | 'app.rename' | 'app.archive' | 'app.delete'

export type CreatedApp = Imported & { readonly app: App }

/** Creates an app with these files in it. When the files are refused there is no app either. */
export async function addApp(
  services: Services,
  member: SignedInMember,
  name: string,
  plan: ImportPlan,
): Promise<CreatedApp> {
  const { sql } = services
  const app = await sql.begin(async (tx) => {
    const created = await createApp(tx, { orgId: member.orgId, name, createdBy: member.id })
    await record(tx, member, created.id, 'app.create', name)
    return created
  })
  if (plan.files.length === 0) return { app, imported: 0, leftOut: [], skipped: 0 }
  try {
    return { app, ...(await importFiles(services, member, app, plan)) }
  } catch (error) {
    await sql.begin(async (tx) => {
      await deleteApp(tx, app.id)
      await record(tx, member, app.id, 'app.delete', `${name} · its files were refused`)
    })
    throw error
  }
}

export async function changeApp(
  services: Services,
  member: SignedInMember,
  app: App,
  change: { readonly name?: string | undefined; readonly archived?: boolean | undefined },
): Promise<App> {
  return services.sql.begin(async (tx) => {
    if (change.name !== undefined && change.name !== app.name) {
      await renameApp(tx, app.id, change.name)
      await record(tx, member, app.id, 'app.rename', `${app.name} → ${change.name}`)
    }
    if (change.archived !== undefined && change.archived !== (app.archivedAt !== null)) {
      await setAppArchived(tx, app.id, change.archived)
      const target = change.archived ? app.name : `${app.name} · restored`
      await record(tx, member, app.id, 'app.archive', target)
    }
    const changed = await findApp(tx, member.orgId, app.id)
    if (!changed) throw notFound('This app')
    return changed
  })
}

export async function removeApp(
  services: Services,
  member: SignedInMember,
  app: App,
): Promise<void> {
  await services.sql.begin(async (tx) => {
    await deleteApp(tx, app.id)
    await record(tx, member, app.id, 'app.delete', app.name)
  })
}

async function record(
  tx: Queryable,
  member: SignedInMember,
  appId: string,
  action: Action,
  target: string,
): Promise<void> {
  await appendAudit(tx, [
    {
      orgId: member.orgId,
      appId,
      actorKind: 'person',
      memberId: member.id,
      action,
      target,
      decision: 'allowed',
      rule: 'action:studio:app:manage',
    },
  ])
}
