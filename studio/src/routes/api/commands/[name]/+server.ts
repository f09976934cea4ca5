/** One of the organization's own slash commands. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { command, commandBody, commandParams } from '#lib/server/api/finding-schemas.ts'
import { putCommand, removeCommand } from '#lib/server/org/commands.ts'

export const PUT = endpoint(
  {
    summary:
      'Add a slash command, or replace the one of this name; `$ARGUMENTS` is what follows it',
    who: { action: 'command.manage', audit: 'command.put' },
    params: commandParams,
    body: commandBody,
    response: command,
  },
  ({ services, member, params, body }) => putCommand(services, member, { ...params, ...body }),
)

export const DELETE = endpoint(
  {
    summary: 'Remove a slash command',
    who: { action: 'command.manage', audit: 'command.remove' },
    params: commandParams,
  },
  async ({ services, member, params }) => {
    await removeCommand(services, member, params.name)
    return undefined
  },
)
