/** The API about itself. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { openApi } from '#lib/server/api/openapi.ts'

export const GET = endpoint(
  {
    summary: 'This description, made from the schemas that every operation is checked against',
    who: 'public',
    response: 'application/json',
  },
  async ({ services }) => Response.json(await openApi(services.config.publicUrl)),
)
