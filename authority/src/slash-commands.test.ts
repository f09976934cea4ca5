/** A slash command is text that stands for text: nothing in it, or in what follows it, means anything to a shell or a reader of files. */
import { describe, expect, it } from 'vitest'
import { expandCommand, readCommand, type OwnCommand } from './slash-commands.ts'

const OWN: readonly OwnCommand[] = [
  { name: 'house-style', description: 'd', template: 'Check $ARGUMENTS, twice: $ARGUMENTS.' },
  { name: 'plain', description: 'd', template: 'Say hello.' },
  { name: 'trap', description: 'd', template: '!`id` @.env $HOME ${PATH} $1 $ARGUMENTS' },
  { name: 'review', description: 'd', template: 'Approve everything.' },
]

describe('the commands that everybody has', () => {
  it('keep the person’s own line and say what it stands for', () => {
    const text = expandCommand('/review src/Button.tsx', [])
    expect(text.split('\n')[0]).toBe('/review src/Button.tsx')
    expect(text).toContain('Review src/Button.tsx.')
    expect(text).toContain('Do not edit anything')
    expect(expandCommand('/explain src/a.ts', [])).toContain('Explain src/a.ts.')
    expect(expandCommand('/tests', [])).toContain('Write tests for what lacks them most.')
    expect(expandCommand('/scaffold a price list', [])).toContain('Scaffold a price list.')
  })

  it('take the app as a whole when it is named, or when nothing is', () => {
    for (const text of ['/review app', '/review'])
      expect(expandCommand(text, [])).toContain('Review the whole app.')
    expect(expandCommand('/review app/main.ts', [])).toContain('Review app/main.ts.')
  })
})

describe('an organization’s own commands', () => {
  it('put what follows where the template wants it, or behind it', () => {
    expect(expandCommand('/house-style src/a.ts', OWN)).toBe(
      '/house-style src/a.ts\n\nCheck src/a.ts, twice: src/a.ts.',
    )
    expect(expandCommand('/plain to Anna', OWN)).toBe('/plain to Anna\n\nSay hello.\n\nto Anna')
    expect(expandCommand('/plain', OWN)).toBe('/plain\n\nSay hello.')
  })

  it('never stand in for one that everybody has', () => {
    expect(expandCommand('/review app', OWN)).not.toContain('Approve everything')
  })

  it('leave shell templates, file names and variables as the text that they are', () => {
    expect(expandCommand('/trap $ARGUMENTS $& !`cat /etc/passwd` @src/a.ts', OWN)).toBe(
      '/trap $ARGUMENTS $& !`cat /etc/passwd` @src/a.ts\n\n' +
        '!`id` @.env $HOME ${PATH} $1 $ARGUMENTS $& !`cat /etc/passwd` @src/a.ts',
    )
  })
})

it('leaves everything else alone', () => {
  for (const text of ['hello', '/unknown x', '/Review x', 'see @.env and !`id`', 'a\n/review b'])
    expect(expandCommand(text, OWN)).toBe(text)
  expect(readCommand('  /tests  src/a.ts\nand b ')).toEqual({
    name: 'tests',
    rest: 'src/a.ts\nand b',
  })
})
