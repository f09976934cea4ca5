/** `npm run relpin -- keys`: the master keys that seal provider keys; they are rotated while the product runs. */
import type { Sql } from '../connect.ts'
import { keysFolder, MasterKeys } from '../vault/master-keys.ts'
import { retire, rotate, versionsInUse } from '../vault/rotate.ts'
import { readLaunchConfig } from './launch-config.ts'
import { reachDatabase } from './reach-database.ts'
import { type Say, sayTo } from './say.ts'

const USAGE = `npm run relpin -- keys            which master keys there are, and how many secrets each one seals
npm run relpin -- keys add        make a new version without using it: copy it to the other nodes of a cluster first
npm run relpin -- keys rotate     make a new version, unless "add" has, and move every secret to it; nothing stops
npm run relpin -- keys retire     delete the versions that seal nothing any more

The keys are files in RELPIN_KEYS_FOLDER, or in keys/ of the data folder. Back up a new one before you retire an old one.
`

type Work = (sql: Sql, keys: MasterKeys, say: Say) => Promise<number>

const COMMANDS: Readonly<Record<string, Work>> = {
  list: async (sql, keys, say) => {
    const used = await versionsInUse(sql)
    const there = await keys.versions()
    for (const version of there) say.info(`master-${version}.key  seals ${used.get(version) ?? 0}`)
    const lost = [...used.keys()].filter((version) => !there.includes(version))
    for (const version of lost)
      say.problem(`master-${version}.key is not here, and seals ${used.get(version)}. Restore it.`)
    return lost.length === 0 ? 0 : 1
  },
  add: async (_sql, keys, say) => {
    say.done(`Made ${keys.folder}/master-${await keys.add()}.key`)
    return 0
  },
  rotate: async (sql, keys, say) => {
    const newest = (await keys.newest()).version
    if (newest === 1 || (await versionsInUse(sql)).has(newest)) await keys.add()
    const { version, moved, stuck } = await rotate(sql, keys)
    say.done(`Version ${version} seals ${moved} ${moved === 1 ? 'secret' : 'secrets'} more`)
    if (stuck.length === 0) return 0
    say.problem(
      `${stuck.length} do not open, because their master key is not here or they were changed: ${stuck.join(', ')}. Put those keys in again under Settings, Providers.`,
    )
    return 1
  },
  retire: async (sql, keys, say) => {
    const gone = await retire(sql, keys)
    if (gone.length === 0) say.info('Nothing to delete: every version is in use, or is the newest.')
    for (const version of gone) say.done(`Deleted master-${version}.key`)
    return 0
  },
}

export async function keys(args: readonly string[]): Promise<number> {
  const [name = 'list'] = args
  const work = COMMANDS[name]
  if (!work) {
    const asked = ['help', '--help', '-h'].includes(name)
    ;(asked ? process.stdout : process.stderr).write(USAGE)
    return asked ? 0 : 2
  }
  const config = readLaunchConfig(process.env)
  const sql = await reachDatabase(config)
  try {
    return await work(sql, new MasterKeys(keysFolder(config.dataFolder, process.env)), sayTo())
  } finally {
    await sql.end({ timeout: 1 })
  }
}
