/** The prompts that begin with a slash; the bridge expands them, the panel only offers them. */

export type SlashCommand = {
  readonly command: `/${string}`
  readonly label: string
  readonly hint: string
  /** What follows the command when it is picked; `file` is the file that is open. */
  readonly takes: 'app' | 'file' | 'words'
}

export const SLASH_COMMANDS: readonly SlashCommand[] = [
  { command: '/review', label: '/review app', hint: 'Review the app, or one file', takes: 'app' },
  { command: '/explain', label: '/explain', hint: 'Explain the open file', takes: 'file' },
  { command: '/tests', label: '/tests', hint: 'Write tests for the open file', takes: 'file' },
  { command: '/scaffold', label: '/scaffold', hint: 'Scaffold what you describe', takes: 'words' },
]

/** The prompt that a picked command begins. */
export function beginCommand(command: SlashCommand, openFile: string | null): string {
  if (command.takes === 'app') return `${command.command} app`
  return command.takes === 'file' && openFile
    ? `${command.command} ${openFile}`
    : `${command.command} `
}

/** A prompt's slash command and the rest, to show them apart; `command` is empty for plain words. */
export function splitCommand(text: string): { readonly command: string; readonly rest: string } {
  const command = /^\/[a-z][\w-]*(?=\s|$)/.exec(text)?.[0] ?? ''
  return { command, rest: text.slice(command.length) }
}

/** The commands that complete what has been typed so far. */
export function completions(text: string): readonly SlashCommand[] {
  if (!/^\/[a-z]*$/.test(text)) return []
  return SLASH_COMMANDS.filter((each) => each.command.startsWith(text) && each.command !== text)
}
