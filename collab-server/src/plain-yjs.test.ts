/** Any Yjs client joins a file over the plain protocol, through the same door, with the unmodified y-websocket. */
import { describe, expect, test, vi } from 'vitest'
import { joinPlain, tokenOf } from './testing/plain-client.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

describe('a plain Yjs client', () => {
  test.each(['protocol', 'query'] as const)(
    'types with others, with its token in the %s',
    async (way) => {
      await using studio = await TestStudio.open({ 'a.ts': 'start\n' })
      const fileId = await studio.fileId('a.ts')
      const editor = await studio.open('maintainer', 'a.ts')
      using plain = joinPlain(studio, fileId, tokenOf(studio, 'builder', { fileId }), { way })
      await plain.synced()
      expect(plain.text.toString()).toBe('start\n')
      plain.text.insert(0, 'plain ')
      editor.text.insert(editor.text.length, 'editor\n')
      await vi.waitFor(() => {
        expect(editor.text.toString()).toBe('plain start\neditor\n')
        expect(plain.text.toString()).toBe('plain start\neditor\n')
      }, WAIT)
      plain.provider.awareness.setLocalStateField('user', { id: 'made up', name: 'Somebody else' })
      await vi.waitFor(() => {
        expect(editor.provider.awareness?.getStates().get(plain.doc.clientID)).toMatchObject({
          user: { id: studio.members.builder, name: 'builder' },
        })
      }, WAIT)
      await studio.restart()
      expect((await studio.read('a.ts')).text).toBe('plain start\neditor\n')
    },
  )

  test('whose edits wait is on their branch: main stays, and others see it pending', async () => {
    await using studio = await TestStudio.open({ 'a.ts': 'start\n' })
    const editor = await studio.open('maintainer', 'a.ts')
    using plain = joinPlain(studio, await studio.fileId('a.ts'), tokenOf(studio, 'reviewer'))
    await plain.synced()
    plain.text.insert(0, 'suggested ')
    await vi.waitFor(() => {
      expect(editor.pending()).toHaveLength(1)
    }, WAIT)
    expect(editor.text.toString()).toBe('start\n')
    expect(plain.text.toString()).toBe('suggested start\n')
  })

  test('is closed with the reason when what it typed is refused', async () => {
    await using studio = await TestStudio.open({ 'a.ts': 'start\n' })
    const editor = await studio.open('maintainer', 'a.ts')
    using plain = joinPlain(studio, await studio.fileId('a.ts'), tokenOf(studio, 'viewer'))
    await plain.synced()
    expect(plain.text.toString()).toBe('start\n')
    plain.text.insert(0, 'not allowed ')
    expect(await plain.ended()).toMatchObject({
      code: 4403,
      reason: expect.stringMatching(/^denied authoring:exec: /),
    })
    expect(editor.text.toString()).toBe('start\n')
  })

  test('is closed with the reason when what it typed waits where it is not', async () => {
    await using studio = await TestStudio.open({ 'a.ts': 'start\n' })
    using plain = joinPlain(studio, await studio.fileId('a.ts'), tokenOf(studio, 'builder'))
    await plain.synced()
    // From now on edits of this file wait: it has become a policy file.
    await studio.change(studio.person('owner'), [{ op: 'rename', from: 'a.ts', to: 'AGENTS.md' }])
    plain.text.insert(0, 'waits ')
    expect(await plain.ended()).toMatchObject({
      code: 4409,
      reason: expect.stringMatching(/^queued path:policy: /),
    })
    expect((await studio.read('AGENTS.md')).text).toBe('start\n')
  })

  test('does not get in with a token that is expired, for another file, or none', async () => {
    await using studio = await TestStudio.open({ 'a.ts': 'a\n', 'b.ts': 'b\n' })
    const [fileId, other] = [await studio.fileId('a.ts'), await studio.fileId('b.ts')]
    const expired = tokenOf(studio, 'builder', { expiresAt: Date.now() - 1 })
    const elsewhere = tokenOf(studio, 'builder', { fileId: other })
    for (const [token, reason] of [
      [expired, 'token-expired'],
      [elsewhere, 'not-found'],
      ['none', 'token-expired'],
    ] as const) {
      using plain = joinPlain(studio, fileId, token)
      expect(await plain.ended()).toEqual({ code: 4401, reason })
      expect(plain.text.toString()).toBe('')
    }
  })

  test('is cut when its authority changes, and when its token ends', async () => {
    await using studio = await TestStudio.open({ 'a.ts': 'a\n' })
    const fileId = await studio.fileId('a.ts')
    using plain = joinPlain(studio, fileId, tokenOf(studio, 'builder'))
    await plain.synced()
    await studio.database.sql`
      update members set grant_epoch = grant_epoch + 1 where id = ${studio.members.builder}`
    expect(await plain.ended()).toEqual({ code: 4403, reason: 'authority-changed' })
    const short = tokenOf(studio, 'builder', { expiresAt: Date.now() + 1_500 })
    using later = joinPlain(studio, fileId, short)
    await later.synced()
    expect(await later.ended()).toMatchObject({ reason: 'token-expired' })
  })
})
