/** Who and what a storm is about: one organization, one app with its files, members of several roles, agent sessions. */
import type { Agent, Person } from '@relpin/authority/actors.ts'
import { createApp } from '@relpin/db/apps.ts'
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { createMember } from '@relpin/db/members.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { findRole } from '@relpin/db/roles.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import type { Workspace } from '@relpin/db/workspaces.ts'
import { randomBytes, randomUUID } from 'node:crypto'

const STORM_ROLES = ['viewer', 'builder', 'reviewer', 'maintainer', 'owner'] as const
export type StormRole = (typeof STORM_ROLES)[number]

export type Stage = {
  readonly serviceToken: string
  readonly workspace: Workspace
  readonly person: (role: StormRole) => Person & { readonly signIn: string }
  /** An open session on behalf of a member of this role. */
  readonly agent: (role: StormRole) => Promise<Agent>
  /** Minted anew at every call, as the studio does for a page. */
  readonly token: (role: StormRole) => string
  /** Another app of the same organization. */
  readonly anotherApp: (name: string) => Promise<Workspace>
}

export async function setStage(sql: Sql): Promise<Stage> {
  const org = await createOrg(sql, 'Northwind')
  if (!org) throw new Error('a fresh database has an organization')
  const members = new Map<StormRole, string>()
  for (const key of STORM_ROLES) {
    const role = await findRole(sql, org.id, key)
    const email = `${key}@northwind.example`
    const member = { orgId: org.id, name: key, email, passwordHash: 'x', roleId: role?.id ?? '' }
    const id = (await createMember(sql, member)) ?? ''
    members.set(key, id)
    await insertTestSignIn(sql, id)
  }
  const person: Stage['person'] = (role) => {
    const memberId = members.get(role) ?? ''
    return { kind: 'person', memberId, signIn: testSignInOf(memberId) }
  }
  const anotherApp = async (name: string): Promise<Workspace> => {
    const createdBy = person('owner').memberId
    const app = await createApp(sql, { orgId: org.id, name, createdBy })
    return { id: app.workspaceId, orgId: org.id, appId: app.id }
  }
  const workspace = await anotherApp('storefront')
  const serviceToken = randomBytes(32).toString('hex')
  return {
    serviceToken,
    workspace,
    person,
    anotherApp,
    agent: async (role) => {
      const { memberId } = person(role)
      const sessionId = randomUUID()
      await sql`
        insert into sessions (id, org_id, app_id, workspace_id, member_id, environment, credential_id, model,
                              model_label, propose_first)
        values (${sessionId}, ${org.id}, ${workspace.appId}, ${workspace.id}, ${memberId}, 'DEV',
                ${randomUUID()}, 'm', 'M', false)`
      return { kind: 'agent', memberId, sessionId }
    },
    token: (role) =>
      mintCollabToken(
        {
          memberId: person(role).memberId,
          appId: workspace.appId,
          workspaceId: workspace.id,
          signIn: person(role).signIn,
          expiresAt: Date.now() + 300_000,
        },
        serviceToken,
      ),
  }
}
