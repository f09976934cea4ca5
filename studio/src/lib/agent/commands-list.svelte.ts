/** The slash commands that this member can use, as state; those that everybody has are there at once. */
import { BUILT_IN_COMMANDS } from '@relpin/authority/slash-commands.ts'
import { call } from '#lib/api/client.ts'
import type { SlashCommand } from './slash-commands.ts'

export class CommandsList {
  all: readonly SlashCommand[] = $state.raw(
    BUILT_IN_COMMANDS.map((command) => ({ ...command, builtIn: true })),
  )

  /** Without an answer what is known stays: it is no reason to stop anybody. */
  async load(): Promise<void> {
    const answer = await call<{ commands: readonly SlashCommand[] }>(fetch, 'GET', '/api/commands')
    if (answer.ok) this.all = answer.value.commands
  }
}
