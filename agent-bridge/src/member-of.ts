/** Who asks, for callers that do not send a body with DELETE: `?memberId=`, or the body's. */
import type { Call } from '@relpin/db/http/router.ts'
import { z } from 'zod'

export async function memberOf(call: Call): Promise<string> {
  const id = z.uuid().safeParse(call.query.get('memberId'))
  return id.success ? id.data : (await call.body(z.object({ memberId: z.uuid() }))).memberId
}
