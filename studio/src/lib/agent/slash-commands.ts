/** The prompts that begin with a slash: what completes them. The bridge expands them, the panel only offers them. */
import type { CommandTakes } from '@relpin/authority/slash-commands.ts'
import { rankPaths } from '#lib/workspace/path-match.ts'

export type SlashCommand = {
  readonly name: string
  readonly description: string
  readonly takes: CommandTakes
  readonly builtIn: boolean
}

/** What is offered for a prompt that is being typed; `begun` is the length of what one choice replaces, at its end. */
export type Completions = {
  readonly of: 'commands' | 'paths'
  readonly begun: number
  readonly choices: readonly Choice[]
}
export type Choice = { readonly text: string; readonly hint: string }

const NOTHING: Completions = { of: 'commands', begun: 0, choices: [] }
const MAX_CHOICES = 8

/** The prompt that a picked command begins. */
export function beginCommand(command: SlashCommand, openFile: string | null): string {
  const { name, takes } = command
  if (takes === 'app-or-path') return `/${name} app`
  return takes === 'path' && openFile !== null && command.builtIn
    ? `/${name} ${openFile}`
    : `/${name} `
}

/** A prompt's slash command and the rest, to show them apart; `command` is empty for plain words. */
export function splitCommand(text: string): { readonly command: string; readonly rest: string } {
  const command = /^\/[a-z][a-z0-9-]*(?=\s|$)/.exec(text)?.[0] ?? ''
  return { command, rest: text.slice(command.length) }
}

/** `paths` are those of the project's files, with the one that is open first. */
export function completionsFor(
  text: string,
  commands: readonly SlashCommand[],
  paths: readonly string[],
): Completions {
  const name = /^\/([a-z0-9-]*)$/.exec(text)?.[1]
  if (name !== undefined) return commandsFor(name, commands)
  const [, used, before = '', begun = ''] = /^\/([a-z0-9-]+)\s+((?:\S+\s+)*)(\S*)$/.exec(text) ?? []
  const command = commands.find((each) => each.name === used)
  if (!command || command.takes === 'words') return NOTHING
  return pathsFor(begun, paths, command.takes === 'app-or-path' && before === '')
}

function commandsFor(name: string, commands: readonly SlashCommand[]): Completions {
  const choices = commands
    .filter((each) => each.name.startsWith(name) && each.name !== name)
    .map((each) => ({ text: `/${each.name}`, hint: each.description }))
  return { of: 'commands', begun: name.length + 1, choices }
}

function pathsFor(begun: string, paths: readonly string[], withApp: boolean): Completions {
  if (paths.includes(begun) || (withApp && begun === 'app')) return NOTHING
  const app = withApp && 'app'.startsWith(begun) ? [{ text: 'app', hint: 'The whole app' }] : []
  const recent = paths.slice(0, 1)
  const found = rankPaths(paths, begun, recent).map((text) => ({ text, hint: '' }))
  return { of: 'paths', begun: begun.length, choices: [...app, ...found].slice(0, MAX_CHOICES) }
}

/** The prompt with one choice taken. */
export function take(text: string, completions: Completions, choice: Choice): string {
  return `${text.slice(0, text.length - completions.begun)}${choice.text} `
}
