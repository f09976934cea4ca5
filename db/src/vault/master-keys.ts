/** The keys that wrap data keys: files of 32 random bytes outside the database, numbered, the highest one in use. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export type MasterKey = { readonly version: number; readonly bytes: Buffer }

const KEY_BYTES = 32
const FILE = /^master-(\d+)\.key$/

/** `RELPIN_KEYS_FOLDER`, for whoever keeps them apart from the data, or `<dataFolder>/keys`. */
export function keysFolder(dataFolder: string, env: NodeJS.ProcessEnv): string {
  const own = env['RELPIN_KEYS_FOLDER']
  return own ? resolve(own) : join(dataFolder, 'keys')
}

/** The folder is looked at anew where it matters, so that a new version is used without a restart. */
export class MasterKeys {
  readonly folder: string
  readonly #known = new Map<number, MasterKey>()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Ascending. */
  async versions(): Promise<number[]> {
    const names = await readdir(this.folder)
    return names
      .map((name) => Number(FILE.exec(name)?.[1] ?? 'NaN'))
      .filter((version) => Number.isSafeInteger(version) && version > 0)
      .sort((a, b) => a - b)
  }

  /** What new data keys are wrapped with. The first one is made when there is none. Throws when its file is damaged. */
  async newest(): Promise<MasterKey> {
    const version = (await this.#openFolder().then(() => this.versions())).at(-1) ?? 1
    if (version === 1) await this.#create(1)
    const key = await this.version(version)
    if (!key) throw new Error(`${this.#path(version)} went away while it was read.`)
    return key
  }

  /** `null` where this machine does not have it. Throws when its file is damaged. */
  async version(version: number): Promise<MasterKey | null> {
    const known = this.#known.get(version)
    if (known) return known
    const bytes = await readFile(this.#path(version)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (!bytes) return null
    if (bytes.length !== KEY_BYTES) {
      throw new Error(
        `${this.#path(version)} does not hold ${KEY_BYTES} bytes. Restore it from your backup; without it the stored provider keys cannot be used.`,
      )
    }
    const key = { version, bytes }
    this.#known.set(version, key)
    return key
  }

  /** Makes the next version and returns its number. */
  async add(): Promise<number> {
    const next = (await this.newest()).version + 1
    await this.#create(next)
    return next
  }

  /** Only for a version that wraps nothing any more. */
  async remove(version: number): Promise<void> {
    await rm(this.#path(version))
    this.#known.delete(version)
  }

  async #openFolder(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await chmod(this.folder, 0o700)
  }

  /** Only the process that creates the file fills it; an existing one is left alone. */
  async #create(version: number): Promise<void> {
    const file = await open(this.#path(version), 'wx', 0o600).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return null
        throw error
      },
    )
    if (!file) return
    try {
      await file.writeFile(randomBytes(KEY_BYTES))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  #path(version: number): string {
    return join(this.folder, `master-${version}.key`)
  }
}
