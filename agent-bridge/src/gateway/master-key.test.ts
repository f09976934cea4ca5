/** A stored key opens only under the installation's own master key, and only in the place it was stored for. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadMasterKey, openKey, sealKey } from './master-key.ts'

const PLACE = { orgId: 'org-1', environment: 'DEV', provider: 'moonshot' }
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('is made once, for its owner’s eyes only, and is the same afterwards', async () => {
  const [first, second] = await Promise.all([loadMasterKey(folder), loadMasterKey(folder)])
  expect(second.bytes.equals(first.bytes)).toBe(true)
  expect((await stat(join(folder, 'keys/master-1.key'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700)
})

it('opens what it sealed, and never the same way twice', async () => {
  const master = await loadMasterKey(folder)
  const sealed = sealKey(master, PLACE, 'sk-secret')
  expect(openKey(master, PLACE, sealed)).toBe('sk-secret')
  expect(sealKey(master, PLACE, 'sk-secret').ciphertext).not.toEqual(sealed.ciphertext)
  expect(Buffer.from(sealed.ciphertext).toString('latin1')).not.toContain('secret')
})

it('opens nothing in another org, environment or for another provider, nor what was changed', async () => {
  const master = await loadMasterKey(folder)
  const sealed = sealKey(master, PLACE, 'sk-secret')
  for (const change of [{ orgId: 'org-2' }, { environment: 'PROD' }, { provider: 'openai' }]) {
    expect(openKey(master, { ...PLACE, ...change }, sealed)).toBeNull()
  }
  const changed = Buffer.from(sealed.ciphertext)
  changed[0] = (changed[0] ?? 0) ^ 1
  expect(openKey(master, PLACE, { ...sealed, ciphertext: changed })).toBeNull()
})

it('says what to do when the file is damaged', async () => {
  await loadMasterKey(folder)
  await writeFile(join(folder, 'keys/master-1.key'), 'short')
  await expect(loadMasterKey(folder)).rejects.toThrow('Restore it from your backup')
})
