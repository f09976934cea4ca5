/** A document that cannot be loaded is not opened at all: never blank, never half, and nothing of the attempt stays. */
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import { TestStudio } from './testing/studio.ts'

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
  const { documents } = studio.server.context
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
