/** The models that an organization can choose from: those of its credentials, named `<credentialId>/<model>`. */
import type { Environment, ModelChoice } from '@relpin/authority/contracts/bridge.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { listCredentials, type CredentialModel } from '@relpin/db/credentials.ts'

export async function listModels(
  sql: Sql,
  orgId: string,
  environment: Environment | null,
): Promise<ModelChoice[]> {
  const credentials = await listCredentials(sql, orgId)
  return credentials
    .filter((credential) => environment === null || credential.environment === environment)
    .flatMap((credential) =>
      credential.models.map((model) => ({
        id: `${credential.id}/${model.id}`,
        label: model.label,
        provider: credential.provider,
        environment: credential.environment,
        demo: credential.demo,
      })),
    )
}

/** `null` when the model is not there, or belongs to another environment's key. */
export async function findModel(
  sql: Sql,
  orgId: string,
  id: string,
  environment: Environment,
): Promise<{ readonly credentialId: string; readonly model: CredentialModel } | null> {
  for (const credential of await listCredentials(sql, orgId)) {
    if (credential.environment !== environment) continue
    const model = credential.models.find((each) => `${credential.id}/${each.id}` === id)
    if (model) return { credentialId: credential.id, model }
  }
  return null
}
