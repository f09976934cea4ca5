/** Secrets under AES-256-GCM: each under a data key of its own, that one under a master key, both bound to their place. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { MasterKey, MasterKeys } from './master-keys.ts'

export type Sealed = {
  /** Of the master key. */
  readonly version: number
  /** The data key as `nonce | ciphertext | tag`; `null` for what was sealed under the master key itself, formerly. */
  readonly wrappedKey: Uint8Array | null
  readonly nonce: Uint8Array
  /** Ends in the tag. */
  readonly ciphertext: Uint8Array
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** `place` is what it is bound to: moved to another one, it does not open. */
export async function seal(keys: MasterKeys, place: string, secret: Uint8Array): Promise<Sealed> {
  const master = await keys.newest()
  const dataKey = randomBytes(KEY_BYTES)
  try {
    const nonce = randomBytes(NONCE_BYTES)
    const ciphertext = encrypt(dataKey, nonce, place, secret)
    return { version: master.version, wrappedKey: wrap(master, place, dataKey), nonce, ciphertext }
  } finally {
    dataKey.fill(0)
  }
}

/** `null` when its master key is not here, or it was sealed for another place, or was changed. */
export async function unseal(
  keys: MasterKeys,
  place: string,
  sealed: Sealed,
): Promise<Buffer | null> {
  const master = await keys.version(sealed.version)
  if (!master) return null
  if (!sealed.wrappedKey) return decrypt(master.bytes, sealed.nonce, place, sealed.ciphertext)
  const dataKey = unwrap(master, place, sealed.wrappedKey)
  if (!dataKey) return null
  try {
    return decrypt(dataKey, sealed.nonce, place, sealed.ciphertext)
  } finally {
    dataKey.fill(0)
  }
}

/** The same data key under another master key: the secret itself is not touched. `null` when it does not open. */
export async function rewrap(
  keys: MasterKeys,
  place: string,
  from: { readonly version: number; readonly wrappedKey: Uint8Array },
  to: MasterKey,
): Promise<Uint8Array | null> {
  const former = await keys.version(from.version)
  const dataKey = former && unwrap(former, place, from.wrappedKey)
  if (!dataKey) return null
  try {
    return wrap(to, place, dataKey)
  } finally {
    dataKey.fill(0)
  }
}

function wrap(master: MasterKey, place: string, dataKey: Buffer): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  return Buffer.concat([nonce, encrypt(master.bytes, nonce, wrapping(master, place), dataKey)])
}

function unwrap(master: MasterKey, place: string, wrapped: Uint8Array): Buffer | null {
  const nonce = wrapped.subarray(0, NONCE_BYTES)
  return decrypt(master.bytes, nonce, wrapping(master, place), wrapped.subarray(NONCE_BYTES))
}

/** Other than a secret's own, so that neither can be put in the place of the other. */
function wrapping(master: MasterKey, place: string): string {
  return `data-key|${master.version}|${place}`
}

function encrypt(key: Uint8Array, nonce: Uint8Array, place: string, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(place))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  place: string,
  sealed: Uint8Array,
): Buffer | null {
  if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) return null
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return plain
  } catch {
    plain.fill(0)
    return null
  }
}
