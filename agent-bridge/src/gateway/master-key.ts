/** The key that seals provider keys: 32 random bytes in a file outside the database, made at the first start. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SealedKey } from '@relpin/db/credentials.ts'

export type MasterKey = { readonly version: number; readonly bytes: Buffer }

/** What a sealed key is bound to: moved to another place, it does not open. */
type KeyPlace = {
  readonly orgId: string
  readonly environment: string
  readonly provider: string
}

const VERSION = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Reads `<dataFolder>/keys/master-1.key`, or makes it. Throws when the file is not what it must be. */
export async function loadMasterKey(dataFolder: string): Promise<MasterKey> {
  const folder = join(dataFolder, 'keys')
  const path = join(folder, `master-${VERSION}.key`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await create(path)
  const bytes = await readFile(path)
  if (bytes.length !== KEY_BYTES) {
    throw new Error(
      `${path} does not hold ${KEY_BYTES} bytes. Restore it from your backup; without it the stored provider keys cannot be used.`,
    )
  }
  return { version: VERSION, bytes }
}

/** Only the process that creates the file fills it; an existing one is left alone. */
async function create(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (!file) return
  try {
    await file.writeFile(randomBytes(KEY_BYTES))
    await file.sync()
  } finally {
    await file.close()
  }
}

export function sealKey(master: MasterKey, place: KeyPlace, key: string): SealedKey {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', master.bytes, nonce)
  cipher.setAAD(placeBytes(place))
  const ciphertext = Buffer.concat([
    cipher.update(key, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return { version: master.version, nonce, ciphertext }
}

/** `null` when it was sealed under another key or for another place, or was changed. */
export function openKey(master: MasterKey, place: KeyPlace, sealed: SealedKey): string | null {
  if (sealed.version !== master.version || sealed.ciphertext.length < TAG_BYTES) return null
  const end = sealed.ciphertext.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', master.bytes, sealed.nonce)
  decipher.setAAD(placeBytes(place))
  decipher.setAuthTag(sealed.ciphertext.subarray(end))
  try {
    return Buffer.concat([
      decipher.update(sealed.ciphertext.subarray(0, end)),
      decipher.final(),
    ]).toString('utf8')
  } catch {
    return null
  }
}

function placeBytes(place: KeyPlace): Buffer {
  return Buffer.from(`${place.orgId}|${place.environment}|${place.provider}`)
}
