/** Adding and taking back prices, on the authority that the member has when it lands. */
import { appendAudit } from '@relpin/db/audit/append.ts'
import { addPrice, removePrice } from '@relpin/db/spending/prices.ts'
import type { z } from 'zod'
import { conflict } from '#lib/server/api/problems.ts'
import type { addedPrice, newPrice } from '#lib/server/api/usage-schemas.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

export function putPrice(
  services: Services,
  member: SignedInMember,
  given: z.output<typeof newPrice>,
): Promise<z.input<typeof addedPrice>> {
  return services.sql.begin(async (tx) => {
    await grantsNow(tx, member, 'billing.manage')
    const added = await addPrice(tx, {
      ...given,
      orgId: member.orgId,
      validFrom: given.validFrom === undefined ? null : new Date(given.validFrom),
      createdBy: member.id,
    })
    if (added.outcome === 'taken') {
      throw conflict('There is a price of this model from this very moment. Choose another one.')
    }
    if (added.outcome === 'past') {
      const calls = added.calls === 1 ? 'one call has' : `${added.calls} calls have`
      throw conflict(
        `Since then ${calls} been charged, and what was charged stays. Let the price begin now or later.`,
      )
    }
    const { id, settled } = added
    await appendAudit(tx, [
      event(member, 'price.add', given, {
        ...given.rates,
        validFrom: given.validFrom ?? 'now',
        settled,
      }),
    ])
    return { id, settled }
  })
}

export async function takeBackPrice(
  services: Services,
  member: SignedInMember,
  id: number,
): Promise<void> {
  await services.sql.begin(async (tx) => {
    await grantsNow(tx, member, 'billing.manage')
    const removed = await removePrice(tx, member.orgId, id)
    if (!removed) {
      throw conflict('This price is gone, or calls were charged by it: then it stays in the books.')
    }
    await appendAudit(tx, [event(member, 'price.remove', removed, {})])
  })
}

function event(
  member: SignedInMember,
  action: 'price.add' | 'price.remove',
  of: { readonly provider: string; readonly model: string },
  detail: Readonly<Record<string, unknown>>,
) {
  return {
    orgId: member.orgId,
    actorKind: 'person',
    memberId: member.id,
    action,
    target: `${of.model} · ${of.provider}`,
    decision: 'allowed',
    rule: 'action:studio:org:billing',
    detail,
  } as const
}
