/** An organization whose members use models and capsules, for tests of what that costs. */
import { randomUUID } from 'node:crypto'
import { createApp } from '../apps.ts'
import type { Queryable } from '../connect.ts'
import { insertCredential } from '../credentials.ts'
import { createMember } from '../members.ts'
import { createOrg } from '../orgs.ts'
import { findRole } from '../roles.ts'
import { insertSession } from '../sessions.ts'
import { setBudget, type BudgetLimits, type BudgetScope } from '../spending/budgets.ts'
import type { SpendCall } from '../spending/may-spend.ts'
import { addPrice, type PriceAdded, type Rates } from '../spending/prices.ts'
import type { RuntimeUse } from '../spending/runtime.ts'
import type { UsageEntry } from '../usage.ts'
import type { TestDatabase } from './test-database.ts'

export type Spender = {
  readonly memberId: string
  readonly sessionId: string
}

export type Spenders = {
  readonly orgId: string
  readonly appId: string
  readonly admin: Spender
  readonly ann: Spender
  readonly bob: Spender
  /** A call of the model "m" of provider "p". */
  readonly call: (who: Spender) => SpendCall & { readonly credentialId: string }
  readonly entry: (who: Spender, change?: Partial<UsageEntry>) => UsageEntry
  /** Dollars for a million tokens, the same for every kind where only one is given. */
  readonly price: (dollars: number | Partial<Rates>, validFrom?: Date | null) => Promise<PriceAdded>
  readonly budget: (scope: BudgetScope, limits: Partial<BudgetLimits>) => Promise<string>
  readonly use: (who: Spender, change?: Partial<RuntimeUse>) => RuntimeUse
}

/** Ann and Bob are Builders; the Admin sets prices and budgets. */
export async function spenders({ sql }: TestDatabase): Promise<Spenders> {
  const orgId = (await createOrg(sql, 'Northwind'))?.id ?? ''
  const member = async (name: string, role: string): Promise<string> =>
    (await createMember(sql, {
      orgId,
      name,
      email: `${name}@northwind.example`,
      passwordHash: 'x',
      roleId: (await findRole(sql, orgId, role))?.id ?? '',
    })) ?? ''
  const adminId = await member('adam', 'admin')
  const app = await createApp(sql, { orgId, name: 'shop', createdBy: adminId })
  const credential = await insertCredential(sql, {
    id: randomUUID(),
    orgId,
    environment: 'DEV',
    provider: 'p',
    baseUrl: 'https://models.example/v1',
    protocol: 'chat',
    models: [{ id: 'm', label: 'Model M' }],
    demo: false,
    key: null,
    createdBy: adminId,
  })
  const spender = async (memberId: string): Promise<Spender> => {
    const sessionId = randomUUID()
    await insertSession(sql, {
      id: sessionId,
      orgId,
      appId: app.id,
      workspaceId: app.workspaceId,
      memberId,
      environment: 'DEV',
      credentialId: credential.id,
      model: 'm',
      modelLabel: 'Model M',
      proposeFirst: false,
      isolated: true,
    })
    return { memberId, sessionId }
  }
  const call: Spenders['call'] = (who) => ({
    ...who,
    callId: randomUUID(),
    orgId,
    appId: app.id,
    environment: 'DEV',
    credentialId: credential.id,
    provider: 'p',
    model: 'm',
  })
  return {
    orgId,
    appId: app.id,
    admin: await spender(adminId),
    ann: await spender(await member('ann', 'builder')),
    bob: await spender(await member('bob', 'builder')),
    call,
    entry: (who, change = {}) => ({
      ...call(who),
      tokens: { input: 1_000, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 },
      outcome: 'finished',
      counted: 'reported',
      reportedCostUsd: null,
      ...change,
    }),
    price: (dollars, validFrom = null) =>
      sql.begin((tx) =>
        addPrice(tx, {
          orgId,
          provider: 'p',
          model: 'm',
          rates: ratesOf(dollars),
          validFrom,
          createdBy: adminId,
        }),
      ),
    budget: (scope, limits) => setOne(sql, orgId, scope, limits, adminId),
    use: (who, change = {}) => ({
      ...who,
      orgId,
      appId: app.id,
      capsuleId: `agent-${randomUUID().slice(0, 8)}`,
      kind: 'agent',
      ...change,
    }),
  }
}

function ratesOf(dollars: number | Partial<Rates>): Rates {
  const micros = (amount: number | undefined): number => Math.round((amount ?? 0) * 1_000_000)
  const all = typeof dollars === 'number' ? dollars : undefined
  const of = (kind: keyof Rates): number =>
    micros(all ?? (typeof dollars === 'number' ? 0 : dollars[kind]))
  return {
    input: of('input'),
    cached: of('cached'),
    cacheWrite: of('cacheWrite'),
    output: of('output'),
    reasoning: of('reasoning'),
  }
}

async function setOne(
  sql: Queryable,
  orgId: string,
  scope: BudgetScope,
  limits: Partial<BudgetLimits>,
  by: string,
): Promise<string> {
  const all = { limitMicros: null, limitSeconds: null, warnPercent: 80, ...limits }
  const budget = await setBudget(sql, orgId, scope, all, by)
  if (!budget) throw new Error('there is no such role or member')
  return budget.id
}
