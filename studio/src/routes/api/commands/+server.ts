/** Slash commands. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { command } from '#lib/server/api/finding-schemas.ts'
import { listCommands } from '#lib/server/org/commands.ts'

export const GET = endpoint(
  {
    summary: 'The slash commands of the prompt box: built-in ones, then the organization’s own',
    who: 'member',
    response: z.object({ commands: z.array(command).readonly() }),
  },
  async ({ services, member }) => ({ commands: await listCommands(services.sql, member.orgId) }),
)
