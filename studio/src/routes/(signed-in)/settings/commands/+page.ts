/** The slash commands of the prompt box. */
import { ask } from '#lib/api/load.ts'
import type { Command } from '#lib/commands/command.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:commands')
  return { answer: await ask<{ commands: readonly Command[] }>(fetch, '/api/commands', url) }
}
