/** Typing a slash command: names first, then the project's files, and nothing where words are meant. */
import { BUILT_IN_COMMANDS } from '@relpin/authority/slash-commands.ts'
import { describe, expect, it } from 'vitest'
import { beginCommand, completionsFor, splitCommand, take } from './slash-commands.ts'

const COMMANDS = [
  ...BUILT_IN_COMMANDS.map((command) => ({ ...command, builtIn: true })),
  { name: 'release-notes', description: 'Write them', takes: 'path', builtIn: false } as const,
]
const PATHS = ['src/open.ts', 'src/Button.ts', 'src/app.ts', 'README.md']
const offered = (text: string): string[] =>
  completionsFor(text, COMMANDS, PATHS).choices.map((choice) => choice.text)

describe('what is offered', () => {
  it('after a slash: the commands, the organization’s own too', () => {
    expect(offered('/')).toEqual(['/review', '/explain', '/tests', '/scaffold', '/release-notes'])
    expect(offered('/re')).toEqual(['/review', '/release-notes'])
    expect(offered('/review')).toEqual([])
  })

  it('after a command: the app where it can be meant, the open file, then the others', () => {
    expect(offered('/review ')).toEqual([
      'app',
      'src/open.ts',
      'README.md',
      'src/Button.ts',
      'src/app.ts',
    ])
    expect(offered('/explain ')[0]).toBe('src/open.ts')
    expect(offered('/release-notes src/B')).toEqual(['src/Button.ts'])
  })

  it('for each further file, without the app', () => {
    expect(offered('/review src/open.ts ')[0]).toBe('src/open.ts')
    expect(offered('/tests src/open.ts but')).toEqual(['src/Button.ts'])
  })

  it('nothing for what is whole already, for words, and for what is no command', () => {
    for (const text of [
      '/review app',
      '/tests src/app.ts',
      '/scaffold src',
      '/nothing src',
      'src/',
      'a /re',
    ])
      expect(offered(text)).toEqual([])
  })
})

it('takes a choice in place of what was begun', () => {
  const taken = (text: string): string => {
    const completions = completionsFor(text, COMMANDS, PATHS)
    const [choice] = completions.choices
    return choice ? take(text, completions, choice) : text
  }
  expect(taken('/rev')).toBe('/review ')
  expect(taken('/tests src/open.ts but')).toBe('/tests src/open.ts src/Button.ts ')
})

it('begins a picked command with what it is most often about', () => {
  const begin = (name: string, openFile: string | null): string | undefined => {
    const command = COMMANDS.find((each) => each.name === name)
    return command && beginCommand(command, openFile)
  }
  expect(begin('review', 'src/open.ts')).toBe('/review app')
  expect(begin('tests', 'src/open.ts')).toBe('/tests src/open.ts')
  expect(begin('tests', null)).toBe('/tests ')
  expect(begin('release-notes', 'src/open.ts')).toBe('/release-notes ')
})

it('shows a command apart from what follows it', () => {
  expect(splitCommand('/release-notes x')).toEqual({ command: '/release-notes', rest: ' x' })
  expect(splitCommand('no /command')).toEqual({ command: '', rest: 'no /command' })
})
