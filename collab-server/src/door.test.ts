/** The door, end to end on a real database and real sockets: what lands, what waits, what is refused. */
import {
  branchDocument,
  fileDocument,
  TEXT_ROOT,
  treeDocument,
} from '@relpin/authority/document-names.ts'
import { describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { loseNextAnswer } from './testing/lost-answer.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

const FILES = { 'src/main.ts': 'const price = 1\nexport { price }\n', 'package.json': '{}\n' }

describe('people', () => {
  test('two who may write see each other at once, and what they typed survives a restart', async () => {
    await using studio = await TestStudio.open(FILES)
    const one = await studio.open('builder', 'src/main.ts')
    const two = await studio.open('maintainer', 'src/main.ts')
    one.text.insert(0, '// one\n')
    two.text.insert(two.text.length, '// two\n')
    const both = '// one\nconst price = 1\nexport { price }\n// two\n'
    await vi.waitFor(() => {
      expect(one.text.toString()).toBe(both)
      expect(two.text.toString()).toBe(both)
    }, WAIT)
    await one.saved()
    await two.saved()
    await studio.restart()
    expect((await studio.read('src/main.ts')).text).toBe(both)
  })

  test('just looking at files and at the tree writes nothing into the audit log', async () => {
    await using studio = await TestStudio.open(FILES)
    const before = await studio.audit()
    await studio.openDocument('viewer', treeDocument(studio.workspace.id))
    const reader = await studio.open('viewer', 'src/main.ts')
    reader.provider.disconnect()
    await studio.openDocument(
      'viewer',
      fileDocument(await studio.fileId('src/main.ts')),
      reader.doc,
    )
    expect(await studio.audit()).toEqual(before)
  })

  test('what builds on words that were lost with a connection is no refusal: the client offers all of it again', async () => {
    await using studio = await TestStudio.open(FILES)
    const one = await studio.open('builder', 'src/main.ts')
    const closed = vi.fn()
    one.provider.on('close', closed)
    const socket = one.provider.configuration.websocketProvider
    const send = vi.spyOn(socket, 'send').mockImplementation(() => undefined)
    one.text.insert(0, '// lost ')
    send.mockRestore()
    one.text.insert(8, 'and next\n')
    await vi.waitFor(() => {
      expect(closed).toHaveBeenCalled()
    }, WAIT)
    expect(one.messages.filter(({ type }) => type === 'verdict')).toEqual([])
    one.provider.destroy()
    await studio.openDocument('builder', fileDocument(await studio.fileId('src/main.ts')), one.doc)
    await vi.waitFor(async () => {
      expect((await studio.read('src/main.ts')).text).toBe(
        `// lost and next\n${FILES['src/main.ts']}`,
      )
    }, WAIT)
    expect((await studio.audit()).filter(({ decision }) => decision === 'denied')).toEqual([])
  })

  test("a Viewer's forged update changes nothing, is told the rule, and is recorded", async () => {
    await using studio = await TestStudio.open(FILES)
    const viewer = await studio.open('viewer', 'src/main.ts')
    const other = await studio.open('builder', 'src/main.ts')
    viewer.text.insert(0, 'FORGED')
    await vi.waitFor(() => {
      expect(viewer.messages).toContainEqual(
        expect.objectContaining({
          type: 'verdict',
          verdict: 'denied',
          rule: 'authoring:exec',
          text: 'FORGED',
        }),
      )
    }, WAIT)
    expect(other.text.toString()).toBe(FILES['src/main.ts'])
    expect((await studio.read('src/main.ts')).text).toBe(FILES['src/main.ts'])
    expect(await studio.audit()).toContainEqual({
      action: 'file.write',
      target: 'src/main.ts',
      decision: 'denied',
      rule: 'authoring:exec',
    })
  })

  test('what was committed while its answer was lost is there once, and its author types on', async () => {
    await using studio = await TestStudio.open(FILES)
    const one = await studio.open('builder', 'src/main.ts')
    const lost = loseNextAnswer(studio.server.context.updates)
    one.text.insert(0, 'a')
    await vi.waitFor(() => {
      expect(lost()).toBe(true)
    }, WAIT)
    await one.saved()
    one.text.insert(1, 'b')
    await one.saved()
    await studio.restart()
    expect((await studio.read('src/main.ts')).text).toBe(`ab${FILES['src/main.ts']}`)
  })

  test('nobody can write under the client id of somebody else', async () => {
    await using studio = await TestStudio.open(FILES)
    const victim = await studio.open('builder', 'src/main.ts')
    victim.text.insert(0, 'a')
    await victim.saved()
    const attacker = await studio.open('maintainer', 'src/main.ts')
    const forged = new Y.Doc()
    Y.applyUpdate(forged, Y.encodeStateAsUpdate(attacker.doc))
    forged.clientID = victim.doc.clientID
    forged.on('update', (update: Uint8Array) => {
      Y.applyUpdate(attacker.doc, update)
    })
    forged.getText(TEXT_ROOT).insert(0, 'X')
    await vi.waitFor(() => {
      expect(attacker.messages).toContainEqual(
        expect.objectContaining({ rule: 'attribution:foreign' }),
      )
    }, WAIT)
    expect((await studio.read('src/main.ts')).text).toBe(`a${FILES['src/main.ts']}`)
  })

  test('nobody can propose under the client id of somebody else, nor type under that of a proposer', async () => {
    await using studio = await TestStudio.open(FILES)
    const builder = await studio.open('builder', 'src/main.ts')
    builder.text.insert(0, 'a')
    await builder.saved()
    const branch = branchDocument(studio.members.reviewer, await studio.fileId('src/main.ts'))
    const reviewer = await studio.openDocument('reviewer', branch)
    const own = reviewer.doc.clientID
    const foreign = expect.objectContaining({ rule: 'attribution:foreign' }) as unknown
    reviewer.doc.clientID = builder.doc.clientID
    reviewer.text.insert(0, 'HIDDEN')
    await vi.waitFor(() => {
      expect(reviewer.messages).toContainEqual(foreign)
    }, WAIT)
    // Main is fed into the branch: under one id for two texts, what waits would look as if it had landed.
    builder.text.insert(1, 'bcdef')
    await builder.saved()
    const again = await studio.openDocument('reviewer', branch)
    again.doc.clientID = own
    again.text.insert(0, '// ')
    await again.saved()
    await studio.restart()
    const maintainer = await studio.open('maintainer', 'src/main.ts')
    maintainer.doc.clientID = own
    maintainer.text.insert(0, 'X')
    await vi.waitFor(() => {
      expect(maintainer.messages).toContainEqual(foreign)
    }, WAIT)
    expect((await studio.read('src/main.ts')).text).toBe(`abcdef${FILES['src/main.ts']}`)
  })

  test('somebody who only proposes types on a branch: others see it pending, main keeps its text', async () => {
    await using studio = await TestStudio.open(FILES)
    const fileId = await studio.fileId('src/main.ts')
    const builder = await studio.open('builder', 'src/main.ts')
    const reviewer = await studio.openDocument(
      'reviewer',
      branchDocument(studio.members.reviewer, fileId),
    )
    reviewer.text.insert(6, 'final')
    await reviewer.saved()
    builder.text.insert(0, '// typed meanwhile\n')
    await vi.waitFor(() => {
      expect(builder.pending()).toHaveLength(1)
      expect(reviewer.text.toString()).toBe(
        '// typed meanwhile\nconst finalprice = 1\nexport { price }\n',
      )
    }, WAIT)
    expect(builder.text.toString()).toBe('// typed meanwhile\nconst price = 1\nexport { price }\n')
    await studio.restart()
    expect(
      (await studio.read('src/main.ts', studio.person('reviewer'), studio.members.reviewer)).text,
    ).toContain('finalprice')
    expect((await studio.read('src/main.ts')).text).not.toContain('final')
  })

  test('an edit of main by somebody who only proposes is routed whole to their branch', async () => {
    await using studio = await TestStudio.open(FILES)
    const fileId = await studio.fileId('src/main.ts')
    const reviewer = await studio.open('reviewer', 'src/main.ts')
    reviewer.text.insert(0, 'x')
    const branch = branchDocument(studio.members.reviewer, fileId)
    await vi.waitFor(() => {
      expect(reviewer.messages).toContainEqual(
        expect.objectContaining({ verdict: 'queued', branch }),
      )
    }, WAIT)
    reviewer.provider.destroy()
    const again = await studio.openDocument('reviewer', branch, reviewer.doc)
    again.text.insert(1, 'y')
    await again.saved()
    expect(
      (await studio.read('src/main.ts', studio.person('reviewer'), studio.members.reviewer)).text,
    ).toMatch(/^xyconst/)
  })

  test('a change of role cuts the connection, and what comes after it is judged anew', async () => {
    await using studio = await TestStudio.open(FILES)
    const builder = await studio.open('builder', 'src/main.ts')
    const closed = vi.fn()
    builder.provider.on('close', closed)
    await studio.database.sql`
      update members set role_id = (select id from roles where key = 'viewer'), grant_epoch = grant_epoch + 1
      where id = ${studio.members.builder}`
    await vi.waitFor(() => {
      expect(closed).toHaveBeenCalled()
    }, WAIT)
    const verdict = await studio.edit(
      studio.person('builder'),
      'src/main.ts',
      'price = 1',
      'price = 2',
    )
    expect(verdict).toMatchObject({ verdict: 'denied', rule: 'authoring:exec' })
  })
})

describe('an archived app', () => {
  test('keeps its files as they are: open editors, proposals and agents are told why', async () => {
    await using studio = await TestStudio.open(FILES)
    const before = (await studio.read('src/main.ts')).text
    const builder = await studio.open('builder', 'src/main.ts')
    const agent = await studio.agent('builder')
    await studio.database.sql`update apps set archived_at = now()`
    builder.text.insert(0, 'LATE')
    await vi.waitFor(() => {
      expect(builder.messages).toContainEqual(
        expect.objectContaining({ verdict: 'denied', rule: 'app:archived', text: 'LATE' }),
      )
    }, WAIT)
    const edits = [studio.person('maintainer'), studio.person('reviewer'), agent].map((actor) =>
      studio.edit(actor, 'src/main.ts', 'price = 1', 'price = 2'),
    )
    for (const verdict of await Promise.all(edits)) {
      expect(verdict).toMatchObject({ verdict: 'denied', rule: 'app:archived' })
    }
    expect((await studio.read('src/main.ts')).text).toBe(before)
    await studio.database.sql`update apps set archived_at = null`
    expect(await studio.edit(agent, 'src/main.ts', 'price = 1', 'price = 2')).toMatchObject({
      verdict: 'applied',
    })
  })
})

describe("an agent's edit", () => {
  test("lands for a Builder in everybody's editor, attributed to the agent for its human", async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('builder')
    const open = await studio.open('maintainer', 'src/main.ts')
    expect(await studio.edit(agent, 'src/main.ts', 'price = 1', 'price = 2')).toMatchObject({
      verdict: 'applied',
    })
    await vi.waitFor(() => {
      expect(open.text.toString()).toContain('price = 2')
    }, WAIT)
    const [row] = await studio.database.sql`
      select member_id as member, session_id as session from update_log where session_id is not null`
    expect(row).toEqual({ member: studio.members.builder, session: agent.sessionId })
  })

  test('waits for a Reviewer, and is told to be a pending patch', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    const open = await studio.open('maintainer', 'src/main.ts')
    const verdict = await studio.edit(agent, 'src/main.ts', 'price = 1', 'price = 2')
    expect(verdict).toMatchObject({ verdict: 'queued', rule: 'authoring:queue' })
    await vi.waitFor(() => {
      expect(open.pending()).toHaveLength(1)
    }, WAIT)
    expect(open.text.toString()).toBe(FILES['src/main.ts'])
    // Its next edit builds on the first, in the same patch.
    const second = await studio.edit(agent, 'src/main.ts', 'price = 2', 'price = 3')
    expect(second).toMatchObject({
      verdict: 'queued',
      patch: verdict.verdict === 'queued' ? verdict.patch : '',
    })
  })

  test('is refused for a Viewer, with the rule, and nothing changes', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('viewer')
    expect(await studio.edit(agent, 'src/main.ts', '1', '2')).toMatchObject({
      verdict: 'denied',
      rule: 'authoring:exec',
    })
    expect((await studio.read('src/main.ts')).text).toBe(FILES['src/main.ts'])
  })

  test('of a secret file is refused for everybody, an Owner included', async () => {
    await using studio = await TestStudio.open(FILES)
    for (const as of [await studio.agent('owner'), studio.person('owner')]) {
      const verdict = await studio.change(as, [
        { op: 'create', path: '.env', content: { kind: 'text', text: 'A=1' } },
      ])
      expect(verdict).toMatchObject({ verdict: 'denied', rule: 'path:secret' })
    }
  })

  test('waits when its session proposes first, and then its human may accept it', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('builder', { proposeFirst: true })
    expect(await studio.edit(agent, 'src/main.ts', '1', '2')).toMatchObject({
      verdict: 'queued',
      rule: 'propose-first',
    })
  })

  test('repeated under the same call id changes nothing again', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('builder')
    const create = [{ op: 'create', path: 'src/new.ts', content: { kind: 'text', text: 'x' } }]
    const first = await studio.change(agent, create, { callId: 'call-1' })
    expect(first).toMatchObject({ verdict: 'applied' })
    expect(await studio.edit(agent, 'src/new.ts', 'x', 'y', { callId: 'call-1' })).toEqual(first)
    expect((await studio.read('src/new.ts')).text).toBe('x')
  })
})

describe('the file tree', () => {
  test('files are created, renamed and deleted, and survive a restart', async () => {
    await using studio = await TestStudio.open(FILES)
    const builder = studio.person('builder')
    await studio.change(builder, [
      { op: 'create', path: 'src/a.ts', content: { kind: 'text', text: 'a\r\nb' } },
    ])
    await studio.change(builder, [{ op: 'rename', from: 'src/main.ts', to: 'src/index.ts' }])
    await studio.change(builder, [{ op: 'delete', path: 'package.json' }])
    await studio.restart()
    const { entries } = await studio.post<{ entries: { path: string }[] }>('/internal/view/list', {
      as: builder,
      workspaceId: studio.workspace.id,
      view: { kind: 'main' },
    })
    expect(entries.map((entry) => entry.path)).toEqual(['src/a.ts', 'src/index.ts'])
    expect((await studio.read('src/a.ts')).text).toBe('a\nb')
  })

  test('a name that is taken or climbs out of the project is stale, not done', async () => {
    await using studio = await TestStudio.open(FILES)
    for (const path of ['src/main.ts', '../x', 'src', 'src/main.ts/x', '/etc/passwd']) {
      const verdict = await studio.change(studio.person('owner'), [
        { op: 'create', path, content: { kind: 'text', text: '' } },
      ])
      expect(verdict, path).toMatchObject({ verdict: 'stale' })
    }
  })

  test('two files never share a name, not even when they come in one command or one import', async () => {
    await using studio = await TestStudio.open(FILES)
    const owner = studio.person('owner')
    const file = (path: string) => ({ op: 'create', path, content: { kind: 'text', text: 'x' } })
    const clashes = [
      [file('a.ts'), file('a.ts')],
      [file('lib'), file('lib/a.ts')],
      [
        { op: 'rename', from: 'src/main.ts', to: 'z.ts' },
        { op: 'rename', from: 'package.json', to: 'z.ts' },
      ],
      [
        { op: 'rename', from: 'src/main.ts', to: 'z.ts' },
        { op: 'delete', path: 'src/main.ts' },
      ],
    ]
    for (const changes of clashes) {
      expect(await studio.change(owner, changes)).toMatchObject({ verdict: 'stale' })
    }
    await using empty = await TestStudio.open({})
    const files = ['lib', 'lib/a.ts'].map((path) => ({ path, content: { kind: 'text', text: '' } }))
    const imported = empty.post('/internal/import', {
      as: empty.person('owner'),
      workspaceId: empty.workspace.id,
      files,
    })
    await expect(imported).rejects.toThrow('409')
  })
})
