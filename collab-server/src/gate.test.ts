/** What one connection has queued shares a commit, not a verdict; and nobody hears "saved" before it is. */
import { describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { UpdateLog } from '@relpin/db/update-log.ts'
import { readLimits } from './limits.ts'
import { TestStudio, WAIT, type Browser } from './testing/studio.ts'

const TEXT = 'const price = 1\n'

async function rowsOf(studio: TestStudio): Promise<number> {
  const name = fileDocument(await studio.fileId('a.ts'))
  const [row] = await studio.database.sql<{ count: number }[]>`
    select count(*) from update_log where doc = ${name}`
  return row?.count ?? 0
}

/** Keeps every commit from beginning until released. */
function holdCommits(studio: TestStudio): { readonly release: () => void } {
  const updates: UpdateLog = studio.server.context.updates
  const append = updates.append.bind(updates)
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  vi.spyOn(updates, 'append').mockImplementation(async (one) => {
    await gate
    return append(one)
  })
  return {
    release: () => {
      release()
    },
  }
}

/** An update that claims to come from the other's hands. */
function forgedAs(other: Browser, into: Browser, text: string): Uint8Array {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(into.doc))
  const before = Y.encodeStateVector(doc)
  doc.clientID = other.doc.clientID
  doc.getText('text').insert(0, text)
  return Y.encodeStateAsUpdate(doc, before)
}

describe('updates that wait together', () => {
  test('share a commit, and are all there after a restart', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const one = await studio.open('builder', 'a.ts')
    const before = await rowsOf(studio)
    const typed = 'x'.repeat(400)
    for (const letter of typed) one.text.insert(one.text.length, letter)
    await one.saved()
    expect((await rowsOf(studio)) - before).toBeLessThan(40)
    await studio.restart()
    expect((await studio.read('a.ts')).text).toBe(TEXT + typed)
  })

  test('stay with who typed them beyond a bound, while nothing can be committed, and all are saved then', async () => {
    await using studio = await TestStudio.open({ 'a.ts': '' })
    const one = await studio.open('builder', 'a.ts')
    const line = one.provider.configuration.websocketProvider.webSocket as {
      bufferedAmount: number
    } | null
    const { release } = holdCommits(studio)
    const [piece, count] = ['x'.repeat(100_000), 75]
    for (let sent = 0; sent < count; sent += 1) one.text.insert(0, piece)
    const left = (): number => line?.bufferedAmount ?? 0
    const seen = [NaN]
    // What the server reads it reads at once; then nothing more leaves.
    await vi.waitFor(() => {
      seen.push(left())
      expect(seen.at(-1)).toBe(seen.at(-2))
    }, WAIT)
    const taken = piece.length * count - left()
    expect(taken).toBeLessThan(readLimits(undefined).backlogBytes * 2)
    release()
    await one.saved()
    expect((await studio.read('a.ts')).text).toHaveLength(piece.length * count)
  })

  test('are acknowledged one by one, and not before their commit', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const one = await studio.open('builder', 'a.ts')
    const other = await studio.open('owner', 'a.ts')
    const commits = holdCommits(studio)
    for (const letter of 'typed ') one.text.insert(0, letter)
    await vi.waitFor(() => {
      expect(studio.server.context.updates.append).toHaveBeenCalled()
    }, WAIT)
    expect(one.provider.unsyncedChanges).toBe(6)
    expect(other.text.toString()).toBe(TEXT)
    commits.release()
    await one.saved()
    await vi.waitFor(() => {
      expect(other.text.toString()).toBe(` depyt${TEXT}`)
    }, WAIT)
  })

  test('have a verdict each: a forged one among them is refused alone', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const other = await studio.open('owner', 'a.ts')
    other.text.insert(0, '// ')
    await other.saved()
    const one = await studio.open('builder', 'a.ts')
    const forged = forgedAs(other, one, 'FORGED')
    one.text.insert(one.text.length, '1')
    Y.applyUpdate(one.doc, forged)
    one.text.insert(one.text.length, '2')
    await vi.waitFor(() => {
      expect(other.text.toString()).toBe(`// ${TEXT}12`)
    }, WAIT)
    const verdicts = one.messages.filter(({ type }) => type === 'verdict')
    expect(verdicts).toEqual([expect.objectContaining({ rule: 'attribution:foreign' })])
    expect(one.provider.unsyncedChanges).toBe(1)
    const denied = (await studio.audit()).filter(({ decision }) => decision === 'denied')
    expect(denied).toHaveLength(1)
  })

  test('of a Viewer change nothing, are recorded once for all of a kind, and none is acknowledged', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const viewer = await studio.open('viewer', 'a.ts')
    const before = await rowsOf(studio)
    // Two that do not build on each other: each begins at what the server has.
    const [one, two] = ['ONE', 'TWO'].map((text) => {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(viewer.doc))
      const known = Y.encodeStateVector(doc)
      doc.getText('text').insert(0, text)
      return Y.encodeStateAsUpdate(doc, known)
    })
    for (const update of [one, two]) if (update) Y.applyUpdate(viewer.doc, update)
    await vi.waitFor(() => {
      expect(viewer.messages.filter(({ type }) => type === 'verdict')).toEqual([
        expect.objectContaining({ verdict: 'denied', text: 'ONE' }),
        expect.objectContaining({ verdict: 'denied', text: 'TWO' }),
      ])
    }, WAIT)
    const denied = (await studio.audit()).filter(({ decision }) => decision === 'denied')
    expect(denied).toHaveLength(1)
    expect(viewer.provider.unsyncedChanges).toBe(2)
    expect(await rowsOf(studio)).toBe(before)
  })

  test('come before the cursor that stands in them, and before a goodbye', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const one = await studio.open('builder', 'a.ts')
    const other = await studio.open('owner', 'a.ts')
    const seen: string[] = []
    other.provider.awareness?.on('update', () => {
      const at = [...(other.provider.awareness?.getStates().values() ?? [])]
        .map((state) => state['at'] as number | undefined)
        .find((value) => value !== undefined)
      if (at !== undefined) seen.push(at <= other.text.length ? 'in the text' : 'beyond the text')
    })
    for (let typed = 0; typed < 20; typed += 1) {
      one.text.insert(one.text.length, 'y')
      one.provider.setAwarenessField('at', one.text.length)
    }
    one.close()
    await vi.waitFor(() => {
      expect(other.text.toString()).toBe(TEXT + 'y'.repeat(20))
    }, WAIT)
    expect(seen).not.toContain('beyond the text')
  })
})

describe('somebody who was away', () => {
  test('comes back while typing on: what is typed before the offer of the rest waits for it', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const one = await studio.open('builder', 'a.ts')
    const name = one.provider.configuration.name
    one.close()
    const words = 'typed while away '
    for (const letter of words) one.text.insert(one.text.length, letter)
    let sentBack = 0
    // Between the opening of the channel and the server's question, which the rest is the answer to.
    const back = await studio.openDocument('builder', name, one.doc, (provider) => {
      provider.on('authenticated', () => {
        for (const letter of 'and on') one.text.insert(one.text.length, letter)
      })
      provider.on('close', () => (sentBack += 1))
    })
    await back.saved()
    expect(sentBack).toBe(0)
    await studio.restart()
    expect((await studio.read('a.ts')).text).toBe(`${TEXT}${words}and on`)
  })
})
