/** The internal API of credentials and models. Keys go in and never come out. */
import { randomUUID } from 'node:crypto'
import type { CredentialSummary } from '@relpin/authority/contracts/bridge.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  insertCredential,
  listCredentials,
  loadCredential,
  removeCredential,
  type Credential,
} from '@relpin/db/credentials.ts'
import { z } from 'zod'
import { json, noContent, problem } from '@relpin/db/http/responses.ts'
import type { BridgeRoute } from '../context.ts'
import { memberOf } from '../member-of.ts'
import { authorize } from '../sessions/authorize.ts'
import { checkBaseUrl, type ModelHosts } from './allowed-hosts.ts'
import { sealKey, type MasterKey } from './master-key.ts'
import { listModels } from './models.ts'

/** The provider that is the scripted model of `npm run demo`. */
const DEMO_PROVIDER = 'demo'

const uuid = z.uuid()
const environment = z.enum(['DEV', 'TEST', 'PROD'])
const credentialBody = z.object({
  memberId: uuid,
  orgId: uuid,
  environment,
  provider: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[a-z0-9][a-z0-9 ._-]*$/i, 'letters, digits, ". _ -" only'),
  baseUrl: z.string().trim().min(1).max(500),
  key: z
    .string()
    .trim()
    .max(4_000)
    .regex(/^[\x21-\x7e]*$/, 'a key has no spaces or special characters'),
  models: z
    .array(
      z.object({
        id: z.string().trim().min(1).max(200),
        label: z.string().trim().min(1).max(100),
      }),
    )
    .min(1, 'name at least one model')
    .max(50),
})

export function gatewayRoutes(master: MasterKey, hosts: ModelHosts): readonly BridgeRoute[] {
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
        const target = `${body.provider} · env:${body.environment}`
        const allowed = await authorize(sql, body.memberId, 'credential.manage', {
          action: 'credential.put',
          target,
          environment: body.environment,
        })
        if (!allowed.ok) return allowed.response
        if (allowed.member.orgId !== body.orgId) return badOrg()
        const base = checkBaseUrl(body.baseUrl, hosts)
        if (!base.ok) return problem(400, 'Address not allowed', base.why)
        const { orgId, provider } = body
        const place = { orgId, environment: body.environment, provider }
        const stored = await sql.begin(async (tx) => {
          const credential = await insertCredential(tx, {
            ...place,
            id: randomUUID(),
            baseUrl: base.url,
            models: body.models,
            demo: provider === DEMO_PROVIDER,
            key: body.key === '' ? null : sealKey(master, place, body.key),
            createdBy: body.memberId,
          })
          await appendAudit(tx, [{ ...allowed.audit, detail: { credential: credential.id } }])
          return credential
        })
        return json(summary(stored), 201)
      },
    },
    {
      method: 'DELETE',
      path: '/internal/credentials/:id',
      handle: async ({ sql }, call) => {
        const memberId = await memberOf(call)
        const id = call.params['id'] ?? ''
        const credential = uuid.safeParse(id).success ? await loadCredential(sql, id) : null
        if (!credential) return problem(404, 'Not found', 'There is no such credential.')
        const allowed = await authorize(sql, memberId, 'credential.manage', {
          action: 'credential.remove',
          target: `${credential.provider} · env:${credential.environment}`,
          environment: credential.environment,
          detail: { credential: id },
        })
        if (!allowed.ok) return allowed.response
        if (allowed.member.orgId !== credential.orgId) return badOrg()
        await sql.begin(async (tx) => {
          if (await removeCredential(tx, id)) await appendAudit(tx, [allowed.audit])
        })
        return noContent()
      },
    },
  ]
}

function summary(credential: Credential): CredentialSummary {
  return {
    id: credential.id,
    environment: credential.environment,
    provider: credential.provider,
    baseUrl: credential.baseUrl,
    hasKey: credential.key !== null,
    models: credential.models,
    demo: credential.demo,
    createdAt: credential.createdAt.toISOString(),
  }
}

function badOrg(): Response {
  return problem(400, 'Bad request', '"orgId" is not your organization.')
}
