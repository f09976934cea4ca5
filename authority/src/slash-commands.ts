/** Slash commands: those that everybody has, and how one becomes the text that OpenCode is given. Nothing in it is run or read. */

/** What is completed after the name. */
export type CommandTakes = 'app-or-path' | 'path' | 'words'

export type OwnCommand = {
  readonly name: string
  readonly description: string
  /** `$ARGUMENTS` stands for what follows the command's name. Everything else is text as it is. */
  readonly template: string
}

type BuiltInCommand = OwnCommand & {
  readonly takes: CommandTakes
  /** What `$ARGUMENTS` stands for when nothing follows. */
  readonly otherwise: string
}

export const COMMAND_NAME = /^[a-z][a-z0-9-]{0,31}$/
export const MAX_COMMAND_DESCRIPTION = 120
export const MAX_COMMAND_TEMPLATE = 8_000
/** Of one organization: all of them are offered in a list. */
export const MAX_COMMANDS = 100

export const BUILT_IN_COMMANDS: readonly BuiltInCommand[] = [
  {
    name: 'review',
    description: 'Review the app, or one file, and leave findings in the code',
    takes: 'app-or-path',
    otherwise: 'the whole app',
    template: [
      'Review $ARGUMENTS. Read what is needed first.',
      'Leave everything that you find with the finding tool, at its place in the code: bugs first, then security, accessibility, types and style. Quote the exact text, choose a severity (error, warning or info), say in one or two sentences what is wrong and why it matters, and where a small edit mends it, give that edit as oldString and newString. One finding for one thing, and none for what is fine.',
      'Do not edit anything yourself. At the end sum up in a few lines what matters most.',
    ].join('\n'),
  },
  {
    name: 'explain',
    description: 'Explain a file: what it is for, how it works, what depends on it',
    takes: 'path',
    otherwise: 'the project',
    template:
      'Explain $ARGUMENTS. Read what is needed, then say what it is for, how it works and what depends on it. Do not edit anything.',
  },
  {
    name: 'tests',
    description: 'Write tests for a file',
    takes: 'path',
    otherwise: 'what lacks them most',
    template:
      "Write tests for $ARGUMENTS. Follow the project's own test style and put them beside the code they test. Cover the behaviour that its users rely on.",
  },
  {
    name: 'scaffold',
    description: 'Scaffold what you describe',
    takes: 'words',
    otherwise: 'what the project needs next',
    template:
      "Scaffold $ARGUMENTS. Create the files with working, minimal code in the project's own style, and wire them in.",
  },
]

const BUILT_IN = new Map(BUILT_IN_COMMANDS.map((command) => [command.name, command]))

export const isBuiltInCommand = (name: string): boolean => BUILT_IN.has(name)

/** The name and what follows it; `null` for a prompt that begins with no command. */
export function readCommand(text: string): { readonly name: string; readonly rest: string } | null {
  const match = /^\/([a-z][a-z0-9-]*)(?:\s+([\s\S]*))?$/.exec(text.trim())
  return match?.[1] === undefined ? null : { name: match[1], rest: match[2]?.trim() ?? '' }
}

/** A command as the task it stands for, the person's own line first; any other text as it is. A built-in name wins. */
export function expandCommand(text: string, own: readonly OwnCommand[]): string {
  const read = readCommand(text)
  if (!read) return text
  const builtIn = BUILT_IN.get(read.name)
  const command = builtIn ?? own.find(({ name }) => name === read.name)
  if (!command) return text
  return `${text.trim()}\n\n${fillIn(command.template, argumentsOf(read.rest, builtIn))}`
}

function argumentsOf(rest: string, builtIn: BuiltInCommand | undefined): string {
  if (!builtIn) return rest
  const isApp = builtIn.takes === 'app-or-path' && rest === 'app'
  return rest === '' || isApp ? builtIn.otherwise : rest
}

/** In one pass: what the arguments say is never looked into again. Without a place for them they come last. */
function fillIn(template: string, given: string): string {
  if (template.includes('$ARGUMENTS')) return template.replaceAll('$ARGUMENTS', () => given)
  return given === '' ? template : `${template}\n\n${given}`
}
