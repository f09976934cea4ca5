/** The internal API of credentials and models. Keys go in and never come out. */
import { randomUUID } from 'node:crypto'
import type { AuditAction } from '@relpin/authority/audit-events.ts'
import type { CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import {
  credentialPlace,
  insertCredential,
  listCredentials,
  loadCredential,
  removeCredential,
  replaceKey,
  replaceModels,
  type Credential,
} from '@relpin/db/credentials.ts'
import { json, noContent, problem } from '@relpin/db/http/responses.ts'
import { seal, type Sealed } from '@relpin/db/vault/envelope.ts'
import type { MasterKeys } from '@relpin/db/vault/master-keys.ts'
import { holdKeys } from '@relpin/db/vault/rotate.ts'
import { z } from 'zod'
import type { BridgeRoute } from '../context.ts'
import { memberOf } from '../member-of.ts'
import { authorize, type Authorized } from '../sessions/authorize.ts'
import { checkBaseUrl, type ModelHosts } from './allowed-hosts.ts'
import { offeredModels, testConnection } from './connection-test.ts'
import type { Gateway } from './gateway.ts'
import { listModels } from './models.ts'

/** The provider that is the scripted model of `npm run demo`. */
const DEMO_PROVIDER = 'demo'

const uuid = z.uuid()
const environment = z.enum(['DEV', 'TEST', 'PROD'])
const key = z
  .string()
  .trim()
  .max(4_000)
  .regex(/^[\x21-\x7e]*$/, 'a key has no spaces or special characters')
const models = z
  .array(
    z.object({
      id: z.string().trim().min(1).max(200),
      label: z.string().trim().min(1).max(100),
    }),
  )
  .min(1, 'name at least one model')
  .max(50)
const credentialBody = z.object({
  memberId: uuid,
  orgId: uuid,
  environment,
  provider: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[a-z0-9][a-z0-9 ._()-]*$/i, 'letters, digits, spaces and ". _ - ( )" only'),
  baseUrl: z.string().trim().min(1).max(500),
  protocol: z.enum(['chat', 'responses', 'messages']).default('chat'),
  key,
  models,
})
const changeBody = z.object({
  memberId: uuid,
  key: key.min(1, 'is empty').optional(),
  models: models.optional(),
})
const testBody = z.object({ memberId: uuid, model: z.string().min(1).max(200) })

type Parts = {
  readonly gateway: Gateway
  readonly keys: MasterKeys
  readonly hosts: ModelHosts
}

export function gatewayRoutes({ gateway, keys, hosts }: Parts): readonly BridgeRoute[] {
  return [
    {
      method: 'GET',
      path: '/internal/models',
      handle: async ({ sql }, call) => {
        const orgId = call.query.get('orgId') ?? ''
        const chosen = environment.safeParse(call.query.get('environment'))
        if (!uuid.safeParse(orgId).success) return badOrg()
        return json({ models: await listModels(sql, orgId, chosen.data ?? null) })
      },
    },
    {
      method: 'GET',
      path: '/internal/credentials',
      handle: async ({ sql }, call) => {
        const orgId = call.query.get('orgId') ?? ''
        if (!uuid.safeParse(orgId).success) return badOrg()
        return json({ credentials: (await listCredentials(sql, orgId)).map(summary) })
      },
    },
    {
      method: 'POST',
      path: '/internal/credentials',
      handle: async ({ sql }, call) => {
        const body = await call.body(credentialBody)
        const { orgId, provider } = body
        const allowed = await authorize(sql, body.memberId, 'credential.manage', {
          action: 'credential.put',
          target: targetOf(body),
          environment: body.environment,
        })
        if (!allowed.ok) return allowed.response
        if (allowed.member.orgId !== orgId) return badOrg()
        const base = checkBaseUrl(body.baseUrl, hosts)
        if (!base.ok) return problem(400, 'Address not allowed', base.why)
        const place = { orgId, environment: body.environment, provider }
        const stored = await sql.begin(async (tx) => {
          const credential = await insertCredential(tx, {
            ...place,
            id: randomUUID(),
            baseUrl: base.url,
            protocol: body.protocol,
            models: body.models,
            demo: provider === DEMO_PROVIDER,
            key: body.key === '' ? null : await sealIn(tx, keys, place, body.key),
            createdBy: body.memberId,
          })
          await appendAudit(tx, [{ ...allowed.audit, detail: { credential: credential.id } }])
          return credential
        })
        return json(summary(stored), 201)
      },
    },
    {
      method: 'PATCH',
      path: '/internal/credentials/:id',
      handle: async ({ sql }, call) => {
        const body = await call.body(changeBody)
        const found = await managed(sql, call.params['id'], body.memberId, 'credential.change', {
          key: body.key !== undefined,
          models: body.models?.map((model) => model.id),
        })
        if (!found.ok) return found.response
        const { credential } = found
        await sql.begin(async (tx) => {
          if (body.key !== undefined) {
            const sealed = await sealIn(tx, keys, credential, body.key)
            await replaceKey(tx, credential.id, sealed, body.memberId)
          }
          if (body.models) await replaceModels(tx, credential.id, body.models)
          await appendAudit(tx, [found.audit])
        })
        const changed = await loadCredential(sql, credential.id)
        return changed ? json(summary(changed)) : noCredential()
      },
    },
    {
      method: 'POST',
      path: '/internal/credentials/:id/test',
      handle: async ({ sql }, call) => {
        const body = await call.body(testBody)
        const found = await managed(sql, call.params['id'], body.memberId, 'credential.test', {
          model: body.model,
        })
        if (!found.ok) return found.response
        if (!found.credential.models.some((model) => model.id === body.model))
          return problem(400, 'No such model', 'This provider has no such model.')
        await appendAudit(sql, [found.audit])
        return json(await testConnection(gateway, found.credential, body.model, call.signal))
      },
    },
    {
      method: 'POST',
      path: '/internal/credentials/:id/offered',
      handle: async ({ sql }, call) => {
        const memberId = await memberOf(call)
        const found = await managed(sql, call.params['id'], memberId, 'credential.test', {})
        if (!found.ok) return found.response
        await appendAudit(sql, [found.audit])
        return json(await offeredModels(gateway, found.credential, call.signal))
      },
    },
    {
      method: 'DELETE',
      path: '/internal/credentials/:id',
      handle: async ({ sql }, call) => {
        const memberId = await memberOf(call)
        const found = await managed(sql, call.params['id'], memberId, 'credential.remove', {})
        if (!found.ok) return found.response
        await sql.begin(async (tx) => {
          if (await removeCredential(tx, found.credential.id)) await appendAudit(tx, [found.audit])
        })
        return noContent()
      },
    },
  ]
}

type Managed =
  | (Extract<Authorized, { ok: true }> & { readonly credential: Credential })
  | { readonly ok: false; readonly response: Response }

/** The credential, when this member may manage those of its organization. */
async function managed(
  sql: Sql,
  id: string | undefined,
  memberId: string,
  action: AuditAction,
  detail: Readonly<Record<string, unknown>>,
): Promise<Managed> {
  const credential = uuid.safeParse(id).success ? await loadCredential(sql, id ?? '') : null
  if (!credential) return { ok: false, response: noCredential() }
  const allowed = await authorize(sql, memberId, 'credential.manage', {
    action,
    target: targetOf(credential),
    environment: credential.environment,
    detail: { credential: credential.id, ...detail },
  })
  if (!allowed.ok) return allowed
  if (allowed.member.orgId !== credential.orgId) return { ok: false, response: badOrg() }
  return { ...allowed, credential }
}

async function sealIn(
  tx: Queryable,
  keys: MasterKeys,
  place: Parameters<typeof credentialPlace>[0],
  secret: string,
): Promise<Sealed> {
  await holdKeys(tx)
  return seal(keys, credentialPlace(place), Buffer.from(secret))
}

function targetOf(credential: Pick<Credential, 'provider' | 'environment'>): string {
  return `${credential.provider} · env:${credential.environment}`
}

function summary(credential: Credential): CredentialSummary {
  return {
    id: credential.id,
    environment: credential.environment,
    provider: credential.provider,
    baseUrl: credential.baseUrl,
    protocol: credential.protocol,
    hasKey: credential.key !== null,
    keyAt: credential.keyAt?.toISOString() ?? null,
    models: credential.models,
    demo: credential.demo,
    createdAt: credential.createdAt.toISOString(),
  }
}

function badOrg(): Response {
  return problem(400, 'Bad request', '"orgId" is not your organization.')
}

function noCredential(): Response {
  return problem(404, 'Not found', 'There is no such credential.')
}
