/** Slash commands: those that everybody has, and the organization's own, which its Admins manage. */
import {
  BUILT_IN_COMMANDS,
  isBuiltInCommand,
  MAX_COMMANDS,
  type CommandTakes,
  type OwnCommand,
} from '@relpin/authority/slash-commands.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { listOrgCommands, putOrgCommand, removeOrgCommand } from '@relpin/db/org-commands.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { conflict, notFound } from '#lib/server/api/problems.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

export type Command = OwnCommand & {
  readonly takes: CommandTakes
  readonly builtIn: boolean
  readonly changed: { readonly by: string; readonly at: Date } | null
}

/** The built-in ones first, then the organization's own by name. */
export async function listCommands(sql: Queryable, orgId: string): Promise<readonly Command[]> {
  const own = await listOrgCommands(sql, orgId)
  return [
    ...BUILT_IN_COMMANDS.map(({ name, description, takes, template }) => ({
      name,
      description,
      takes,
      template,
      builtIn: true,
      changed: null,
    })),
    ...own.map(({ changedBy, changedAt, ...command }) => ({
      ...command,
      // Files are what most prompts are about; words do as well.
      takes: 'path' as const,
      builtIn: false,
      changed: { by: changedBy.name, at: changedAt },
    })),
  ]
}

/** Adds a command, or replaces the one of this name. Throws a problem: it is built in, or there are very many. */
export async function putCommand(
  services: Services,
  actor: SignedInMember,
  given: OwnCommand,
): Promise<Command> {
  const { name } = given
  if (isBuiltInCommand(name)) throw conflict(`/${name} is built in. Choose another name.`)
  await services.sql.begin(async (tx) => {
    await grantsNow(tx, actor, 'command.manage')
    const before = await listOrgCommands(tx, actor.orgId)
    if (before.length >= MAX_COMMANDS && !before.some((each) => each.name === name))
      throw conflict(`There are ${MAX_COMMANDS} commands already. Remove one first.`)
    await putOrgCommand(tx, actor.orgId, actor.id, given)
    await appendAudit(tx, [event(actor, 'command.put', given)])
  })
  const command = (await listCommands(services.sql, actor.orgId)).find((each) => each.name === name)
  if (!command) throw notFound('This command')
  return command
}

/** Throws a 404 problem for a command that the organization does not have. */
export async function removeCommand(
  services: Services,
  actor: SignedInMember,
  name: string,
): Promise<void> {
  await services.sql.begin(async (tx) => {
    await grantsNow(tx, actor, 'command.manage')
    if (!(await removeOrgCommand(tx, actor.orgId, name))) throw notFound(`The command /${name}`)
    await appendAudit(tx, [event(actor, 'command.remove', { name })])
  })
}

function event(
  actor: SignedInMember,
  action: 'command.put' | 'command.remove',
  { name, ...detail }: Pick<OwnCommand, 'name'> & Partial<OwnCommand>,
) {
  return {
    orgId: actor.orgId,
    actorKind: 'person',
    memberId: actor.id,
    action,
    target: `/${name}`,
    decision: 'allowed',
    rule: 'action:studio:org:policy',
    detail,
  } as const
}
