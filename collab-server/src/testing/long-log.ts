/** Gives a file that nobody has open a long past: rows as the door would have written them, one keystroke each. */
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { loadStored } from '@relpin/db/stored-document.ts'
import * as Y from 'yjs'
import type { TestStudio } from './studio.ts'

/** Types `keys` keystrokes as this member, one a second, here and there; every tenth deletes. Returns the text. */
export async function typeLong(
  studio: TestStudio,
  fileId: string,
  memberId: string,
  keys: number,
): Promise<string> {
  const { sql } = studio.database
  const name = fileDocument(fileId)
  const stored = await loadStored(sql, name)
  const doc = new Y.Doc()
  for (const bytes of [stored.snapshot?.state, ...stored.rows.map((row) => row.bytes)])
    if (bytes) Y.applyUpdate(doc, bytes)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const text = doc.getText(TEXT_ROOT)
  for (let key = 0; key < keys; key += 1) {
    const at = (key * 7919) % (text.length + 1)
    if (key % 10 === 9 && at < text.length) text.delete(at, 1)
    else text.insert(at, key % 37 === 0 ? '\n' : String.fromCharCode(97 + (key % 26)))
  }
  const first = (stored.rows.at(-1)?.seq ?? stored.snapshot?.seq ?? 0) + 1
  const rows = updates.map((bytes, index) => ({
    doc: name,
    seq: first + index,
    workspace_id: studio.workspace.id,
    bytes: Buffer.from(bytes),
    member_id: memberId,
    fence: 1,
    at: new Date(Date.UTC(2026, 0, 1) + (first + index) * 1000),
  }))
  for (let start = 0; start < rows.length; start += 2_000)
    await sql`insert into update_log ${sql(rows.slice(start, start + 2_000))}`
  await sql`
    insert into client_bindings (doc, client_id, member_id) values (${name}, ${doc.clientID}, ${memberId})`
  return text.toString()
}
