/** What tools tell the model: lines with their numbers, verdicts in the words that its notes explain, and what to do next. */
import type {
  ChangesRequest,
  Verdict,
  ViewEntry,
  ViewReadResponse,
} from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { CollabClient } from '../collab-client.ts'
import { filePath, folderPath } from './paths.ts'
import { TOOLS } from './registry.ts'
import { seenTexts } from './seen-texts.ts'
import type { ToolResult } from './tool.ts'

/** A workspace of one live text, answering as collab-server's contract says; `verdicts` are given out in order. */
function workspace(text: string, verdicts: readonly Verdict[] = []) {
  const doc = new Y.Doc()
  doc.getText(TEXT_ROOT).insert(0, text)
  const sent: ChangesRequest[] = []
  const queue = [...verdicts]
  const read = (path: string): ViewReadResponse =>
    path !== 'src/a.ts'
      ? { found: 'nothing', why: 'not there' }
      : {
          found: 'text',
          fileId: 'f',
          path,
          text: doc.getText(TEXT_ROOT).toString(),
          document: 'file/f',
          state: Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'),
        }
  const change = (request: ChangesRequest): Verdict => {
    sent.push(request)
    const verdict = queue.shift() ?? { verdict: 'applied', patch: null }
    const [first] = request.changes
    if (verdict.verdict === 'applied' && first?.op === 'update')
      Y.applyUpdate(doc, Buffer.from(first.update, 'base64'))
    return verdict
  }
  const list = (glob: string | undefined): ViewEntry[] =>
    glob === undefined || glob.startsWith('src') || glob.startsWith('**')
      ? [{ fileId: 'f', path: 'src/a.ts', kind: 'text', class: 'source', size: 1 }]
      : []
  const collab: CollabClient = {
    post: <T>(path: string, body: unknown) => {
      const request = body as { path: string; glob?: string }
      const value =
        path === '/internal/changes'
          ? change(body as ChangesRequest)
          : path === '/internal/view/read'
            ? read(request.path)
            : { entries: list(request.glob) }
      return Promise.resolve({ ok: true, value: value as T })
    },
  }
  const seen = seenTexts()
  const run = (name: string, args: unknown, callId = 'c1'): Promise<ToolResult> => {
    const tool = TOOLS.get(name)
    if (!tool) throw new Error(`no ${name}`)
    return tool.run(
      {
        collab,
        agent: { kind: 'agent', memberId: 'm', sessionId: 's' },
        workspaceId: 'w',
        directory: '/tmp/x/work',
        intent: { id: 't', title: 'the prompt' },
        callId,
        earlier: () => Promise.resolve(null),
        seen,
        shell: null,
        signal: new AbortController().signal,
      },
      tool.args.parse(args),
    )
  }
  return { run, sent, live: doc.getText(TEXT_ROOT) }
}

describe('read', () => {
  it('numbers the lines and says how many there are', async () => {
    const { run } = workspace('one\ntwo\n')
    expect(await run('read', { filePath: '/tmp/x/work/src/a.ts' })).toMatchObject({
      title: 'Read src/a.ts',
      detail: '2 lines',
      output: expect.stringContaining('1: one\n2: two\n\n(End of file - total 2 lines)'),
    })
  })

  it('continues where it is told to, and names the next offset', async () => {
    const { run } = workspace('1\n2\n3\n4\n')
    expect(await run('read', { filePath: 'src/a.ts', offset: 2, limit: 2 })).toMatchObject({
      detail: 'lines 2-3 of 4',
      output: expect.stringContaining('offset=4'),
    })
  })

  it('lists a folder, and says what to do about a path that is not there', async () => {
    const { run } = workspace('')
    expect(await run('read', { filePath: 'src' })).toMatchObject({
      output: expect.stringContaining('a.ts'),
    })
    expect(await run('read', { filePath: 'lib/b.ts' })).toMatchObject({
      result: 'failed',
      why: expect.stringContaining('glob or list'),
    })
    expect(await run('read', { filePath: '../../etc/passwd' })).toMatchObject({
      result: 'failed',
      why: expect.stringContaining('not a path in this project'),
    })
  })
})

describe('edit', () => {
  const edit = { filePath: 'src/a.ts', oldString: 'one', newString: '1' }

  it('is one change under the turn and the call', async () => {
    const { run, sent, live } = workspace('one\ntwo\n')
    expect(await run('edit', edit)).toMatchObject({
      title: 'Edited src/a.ts',
      output: expect.stringMatching(/^applied/),
      outcome: { kind: 'applied' },
    })
    expect(live.toString()).toBe('1\ntwo\n')
    expect(sent).toMatchObject([
      { as: { kind: 'agent' }, intent: { id: 't', title: 'the prompt' }, callId: 'c1' },
    ])
  })

  it('says that it waits, or is refused, in the words the model knows', async () => {
    const waiting = workspace('one\n', [
      {
        verdict: 'queued',
        rule: 'r',
        why: 'A Maintainer can approve.',
        patch: '1f4a',
        branch: null,
      },
    ])
    expect(await waiting.run('edit', edit)).toMatchObject({
      output: expect.stringMatching(/^queued as patch 1f4a, not applied yet, go on/),
      outcome: { kind: 'queued', patch: '1f4a' },
    })
    const refused = workspace('one\n', [{ verdict: 'denied', rule: 'authoring:exec', why: 'No.' }])
    expect(await refused.run('edit', edit)).toMatchObject({
      output: 'denied by rule authoring:exec: No. Do not retry.',
      outcome: { kind: 'denied', rule: 'authoring:exec' },
    })
  })

  it('looks again by itself when somebody was quicker, and then says so', async () => {
    const stale: Verdict = { verdict: 'stale', why: 'It moved.' }
    const once = workspace('one\n', [stale])
    expect(await once.run('edit', edit)).toMatchObject({ outcome: { kind: 'applied' } })
    expect(once.sent.map((each) => each.callId)).toEqual(['c1', 'c1'])
    const always = workspace('one\n', [stale, stale, stale])
    expect(await always.run('edit', edit)).toMatchObject({
      output: expect.stringMatching(/^the text changed, read again/),
      outcome: { kind: 'stale' },
    })
  })
})

describe('write', () => {
  it('creates what is not there', async () => {
    const { run, sent } = workspace('')
    expect(await run('write', { filePath: 'src/new.ts', content: 'a\r\n' })).toMatchObject({
      title: 'Created src/new.ts',
    })
    expect(sent[0]?.changes).toEqual([
      { op: 'create', path: 'src/new.ts', content: { kind: 'text', text: 'a\n' } },
    ])
  })

  it('does not replace a text that was never read', async () => {
    const { run, sent } = workspace('one\n')
    expect(await run('write', { filePath: 'src/a.ts', content: 'x' })).toMatchObject({
      result: 'failed',
      why: expect.stringContaining('Read it first'),
    })
    expect(sent).toEqual([])
  })

  it('keeps what somebody typed between the read and the write', async () => {
    const { run, live } = workspace('one\ntwo\nthree\n')
    await run('read', { filePath: 'src/a.ts' })
    live.insert(4, 'typed by a person\n')
    const result = await run('write', { filePath: 'src/a.ts', content: 'ONE\ntwo\nthree\n' })
    expect(live.toString()).toBe('ONE\ntyped by a person\ntwo\nthree\n')
    expect(result).toMatchObject({ output: expect.stringContaining('Others changed this file') })
  })
})

it('finds files and searches, and explains what is no pattern', async () => {
  const { run } = workspace('')
  expect(await run('glob', { pattern: '*.ts' })).toMatchObject({
    detail: '1 file',
    output: 'src/a.ts',
  })
  expect(await run('list', {})).toMatchObject({ output: 'src/\n  a.ts' })
  expect(await run('grep', { pattern: '(' })).toMatchObject({
    result: 'failed',
    why: expect.stringContaining('not a regular expression'),
  })
})

it('understands the ways in which models name files', () => {
  for (const given of ['src/a.ts', './src/a.ts', '/tmp/w/src/a.ts'])
    expect(filePath(given, '/tmp/w')).toEqual({ ok: true, path: 'src/a.ts' })
  for (const given of ['/etc/passwd', '../a', 'src/../../a', '', '.git/config'])
    expect(filePath(given, '/tmp/w').ok).toBe(false)
  for (const given of [undefined, '.', './', '/tmp/w', '/tmp/w/'])
    expect(folderPath(given, '/tmp/w')).toEqual({ ok: true, path: '' })
})
