/** The demo model does what a person would try first, with real tool calls, and believes their results. */
import { describe, expect, it } from 'vitest'
import type { DoneCall } from './conversation.ts'
import { nextAct } from './scripts.ts'

const file = (path: string, text: string): DoneCall => ({
  tool: 'read',
  args: { filePath: path },
  result: `<path>${path}</path>\n<type>file</type>\n<content>\n${text
    .split('\n')
    .map((line, index) => `${index + 1}: ${line}`)
    .join('\n')}\n\n(End of file - total 2 lines)\n</content>`,
})
const act = (prompt: string, ...done: DoneCall[]) => nextAct({ prompt, done })
const edited = (result: string): DoneCall => ({ tool: 'edit', args: {}, result })

describe('what it is asked', () => {
  it('reviews a file, and tells lines', () => {
    expect(act('/review src/a.ts\n\nReview src/a.ts.')).toMatchObject({
      calls: [{ tool: 'read', args: { filePath: 'src/a.ts' } }],
    })
    const read = file('src/a.ts', 'let a: any\nlet b')
    const next = act('/review src/a.ts', read)
    expect(next).toMatchObject({
      calls: [
        {
          tool: 'finding',
          args: {
            filePath: 'src/a.ts',
            severity: 'warning',
            quote: 'let a: any',
            startLine: 1,
            newString: 'let a: unknown',
          },
        },
      ],
    })
    const [call] = next.act === 'call' ? next.calls : []
    const result = 'finding left at src/a.ts:1. Its suggested edit waits as patch 1f4a.'
    const left = { tool: 'finding', args: call?.args ?? {}, result }
    expect(act('/review src/a.ts', read, left)).toMatchObject({
      text: expect.stringMatching(/line 1: `any`.*Suggested as patch 1f4a/),
    })
  })

  it('reviews the app when no file is named', () => {
    expect(act('/review app')).toMatchObject({ calls: [{ tool: 'glob' }] })
  })

  it.each([
    ['rename Button to Push in src/a.ts', { oldString: 'Button', newString: 'Push' }],
    ['replace "Button" with "Push" in src/a.ts', { oldString: 'Button', newString: 'Push' }],
    ['add a comment to src/a.ts', { newString: expect.stringMatching(/^\/\/ .*\nconst Button/) }],
    ['please improve src/a.ts', { newString: expect.stringContaining('const Button') }],
  ])('%s: reads, then edits', (prompt, args) => {
    expect(act(prompt)).toMatchObject({ calls: [{ tool: 'read' }] })
    const next = act(prompt, file('src/a.ts', 'const Button = 1\nconst c = 2'))
    expect(next).toMatchObject({
      calls: [{ tool: 'edit', args: { filePath: 'src/a.ts', ...args } }],
    })
  })

  it('creates files, tries secrets, and calls the shell when it is asked to', () => {
    expect(act('create src/lib/tax.ts')).toMatchObject({
      calls: [{ tool: 'write', args: { filePath: 'src/lib/tax.ts' } }],
    })
    expect(act('write to .env')).toMatchObject({
      calls: [{ tool: 'write', args: { filePath: '.env' } }],
    })
    expect(act('/tests src/a.ts')).toMatchObject({
      calls: [{ args: { filePath: 'src/a.test.ts' } }],
    })
    expect(act('run the tests')).toMatchObject({ calls: [{ tool: 'bash' }] })
  })

  it('looks around when it is told nothing in particular', () => {
    expect(act('make it nicer')).toMatchObject({ calls: [{ tool: 'list' }] })
    const listed = { tool: 'list', args: {}, result: 'src/\n  main.ts' }
    expect(act('make it nicer', listed)).toMatchObject({
      calls: [{ tool: 'read', args: { filePath: 'src/main.ts' } }],
    })
  })
})

describe('what it says', () => {
  const prompt = 'rename a to b in src/a.ts'
  const said = (result: string) => act(prompt, file('src/a.ts', 'const a = 1\n'), edited(result))

  it('tells what became of it, from the result', () => {
    expect(said('applied: src/a.ts is changed.')).toMatchObject({
      text: expect.stringContaining('applied'),
    })
    expect(said('queued as patch 1f4a, not applied yet, go on. Why.')).toMatchObject({
      text: expect.stringContaining('queued as patch 1f4a'),
    })
    expect(
      said('denied by rule authoring:exec: Role Viewer reads and does not write. Do not retry.'),
    ).toMatchObject({
      text: expect.stringMatching(
        /refused.*`authoring:exec`: Role Viewer reads and does not write\. I did not/,
      ),
    })
    expect(said('the text changed, read again: x')).toMatchObject({
      text: expect.stringContaining('changed meanwhile'),
    })
  })

  it('does not edit what is not there', () => {
    const next = act('replace "zzz" with "b" in src/a.ts', file('src/a.ts', 'const a = 1'))
    expect(next).toMatchObject({ text: expect.stringContaining('nothing to change') })
  })
})
