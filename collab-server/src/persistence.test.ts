/** A document that cannot be loaded is not opened at all: never blank, never half, and nothing of the attempt stays. */
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { connect } from '@relpin/db/connect.ts'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { TestStudio, WAIT } from './testing/studio.ts'

const FILES = { 'src/a.ts': 'const price = 1\n' }

/** Makes a document's last log row unreadable; the function that is returned mends it. */
async function breakLog({ database: { sql } }: TestStudio, doc: string) {
  const [row] = await sql<{ seq: number; bytes: Buffer }[]>`
    select seq, bytes from update_log where doc = ${doc} order by seq desc limit 1`
  if (!row) throw new Error(`${doc} has no rows`)
  const write = (bytes: Buffer) =>
    sql`update update_log set bytes = ${bytes} where doc = ${doc} and seq = ${row.seq}`
  await write(Buffer.from([1, 1, 255]))
  return () => write(row.bytes)
}

/** The database refuses to answer what loads documents, and only that. */
async function hideSnapshots({ database }: TestStudio) {
  const run = async (statement: string) => {
    const owner = connect(database.ownerUrl, { max: 1 })
    await owner.unsafe(statement)
    await owner.end()
  }
  await run('alter table snapshots rename to hidden')
  return () => run('alter table hidden rename to snapshots')
}

test('a file whose log cannot be read is not shown empty, and reads as before once it can', async () => {
  await using studio = await TestStudio.open(FILES)
  const [file] = await studio.database.sql<{ id: string }[]>`select id from files`
  const mend = await breakLog(studio, fileDocument(file?.id ?? ''))
  await expect(studio.read('src/a.ts')).rejects.toThrow('500')
  expect(studio.server.context.documents.get(fileDocument(file?.id ?? ''))).toBeUndefined()
  await mend()
  expect((await studio.read('src/a.ts')).text).toBe('const price = 1\n')
})

test('a branch that fails while it is being built lets go of its main document', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  const fileId = await studio.fileId('src/a.ts')
  const branch = branchDocument(agent.sessionId, fileId)
  await studio.restart()
  const { documents, workspaces } = studio.server.context
  await workspaces.open(studio.workspace.id)
  const mend = await breakLog(studio, branch)
  await using main = await documents.open(fileDocument(fileId))
  const listeners = (): number => main.live.doc._observers.get('update')?.size ?? 0
  const [hearing, holding] = [listeners(), main.live.doc.directConnectionsCount]
  await expect(documents.open(branch)).rejects.toThrow()
  expect([listeners(), main.live.doc.directConnectionsCount]).toEqual([hearing, holding])
  await mend()
  const read = await studio.read('src/a.ts', agent, agent.sessionId)
  expect(read.text).toBe('const cost = 1\n')
})

test.for([
  { file: 'a small file', text: 'const price = 1\n', what: 'a row' },
  { file: 'a small file', text: 'const price = 1\n', what: 'the snapshots' },
  { file: 'a large file', text: 'const price = 1\n'.repeat(6_000), what: 'a row' },
  { file: 'a large file', text: 'const price = 1\n'.repeat(6_000), what: 'the snapshots' },
] as const)(
  'somebody who opens $file while $what cannot be read changes nothing by it, and has all of it afterwards',
  async ({ text, what }) => {
    await using studio = await TestStudio.open({ 'src/a.ts': text })
    const name = fileDocument(await studio.fileId('src/a.ts'))
    const editor = await studio.openDocument('builder', name)
    editor.text.insert(0, '// first\n')
    await editor.saved()
    await studio.restart()
    const rows = () =>
      studio.database.sql`select * from update_log where doc = ${name} order by seq`
    const mend = what === 'a row' ? await breakLog(studio, name) : await hideSnapshots(studio)
    const before = await rows()

    const failed = Promise.withResolvers<undefined>()
    const visitor = studio.connect('maintainer', name, new Y.Doc(), (provider) => {
      for (const end of ['authenticationFailed', 'close'])
        provider.on(end, () => {
          failed.resolve(undefined)
        })
    })
    await failed.promise
    visitor.text.insert(0, '// meanwhile\n')
    expect(studio.server.context.documents.get(name)).toBeUndefined()
    await mend()
    expect(await rows()).toHaveLength(before.length)

    const next = await studio.openDocument('builder', name)
    expect(next.text.toString()).toBe(`// first\n${text}`)
    // Who had it open all the while, in part or not at all, has the whole as well, and what they typed.
    const again = await studio.openDocument('maintainer', name, visitor.doc)
    const whole = `// first\n${text}`
    await expect.poll(() => again.text.length, WAIT).toBe(whole.length + '// meanwhile\n'.length)
    await again.saved()
    expect(again.text.toString().replace('// meanwhile\n', '')).toBe(whole)
    await expect.poll(() => next.text.toString(), WAIT).toBe(again.text.toString())
  },
)

test('a server that is restarted while a file cannot be read takes nothing from who has it open', async () => {
  await using studio = await TestStudio.open(FILES)
  const name = fileDocument(await studio.fileId('src/a.ts'))
  const editor = await studio.openDocument('builder', name)
  editor.text.insert(0, '// mine\n')
  await editor.saved()
  await studio.restart()
  const mend = await hideSnapshots(studio)
  const failed = Promise.withResolvers<undefined>()
  const back = studio.connect('builder', name, editor.doc, (provider) => {
    for (const end of ['authenticationFailed', 'close'])
      provider.on(end, () => {
        failed.resolve(undefined)
      })
  })
  await failed.promise
  expect(back.text.toString()).toBe('// mine\nconst price = 1\n')
  await mend()
  back.close()
  const once = await studio.openDocument('builder', name, editor.doc)
  expect(once.text.toString()).toBe('// mine\nconst price = 1\n')
  expect((await studio.read('src/a.ts')).text).toBe('// mine\nconst price = 1\n')
})
