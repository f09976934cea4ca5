/** `npm run relpin -- import <folder>`: makes an app of a folder, through the running product's HTTP API. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { PlainError } from '../plain-error.ts'
import { type ApiClient, apiClient, signInClient } from './api-client.ts'
import { askLine, askPassword } from './ask.ts'
import { fromWhereTyped } from './launch-config.ts'
import { packFolder } from './pack-folder.ts'
import { sayTo } from './say.ts'

const USAGE = `npm run relpin -- import <folder> [--name <app>] [--url <address>] [--email <you>]

Makes an app of a folder: what git ignores, node_modules and build output stay here, and so do secrets.
Sign in with --email and the password you are asked for (or RELPIN_PASSWORD), or with RELPIN_TOKEN.
The address is RELPIN_URL, or http://localhost and PORT, unless --url names it.
`

type CreatedApp = {
  readonly app: { readonly slug: string; readonly name: string }
  readonly imported: number
  readonly leftOut: readonly { readonly path: string }[]
}

export async function importFolder(args: readonly string[]): Promise<number> {
  const given = readArguments(args)
  if (given === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const say = sayTo()
  const folder = fromWhereTyped(process.env, given.folder) ?? given.folder
  const isFolder = await stat(folder).then(
    (it) => it.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new PlainError(`There is no folder ${folder}.`)

  const packed = await packFolder(folder)
  say.progress(`Importing ${packed.files} files from ${folder}`)
  const api = await signIn(given.url, given.email)
  const name = given.name ?? basename(folder)
  const created = await api.call<CreatedApp>(
    'POST',
    `/api/apps?name=${encodeURIComponent(name)}`,
    new Blob([packed.archive], { type: 'application/gzip' }),
  )
  say.done(`Imported ${created.imported} files as app "${created.app.name}"`)
  const secrets = new Set([...packed.secrets, ...created.leftOut.map(({ path }) => path)])
  if (secrets.size > 0) {
    say.info('Left out, because secrets are never kept in a workspace:')
    for (const path of secrets) say.info(`  ${path}`)
  }
  say.info(`Open it: ${new URL(`/apps/${created.app.slug}`, given.url).href}`)
  return 0
}

type Arguments = {
  readonly folder: string
  readonly url: string
  readonly name: string | undefined
  readonly email: string | undefined
}

function readArguments(args: readonly string[]): Arguments | 'help' {
  const text = { type: 'string' } as const
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: text, name: text, email: text, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    throw new PlainError(`${(error as Error).message}\n\n${USAGE}`)
  }
  const { values, positionals } = parsed
  if (values.help) return 'help'
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw new PlainError(`Name one folder.\n\n${USAGE}`)
  const port = process.env['PORT'] ?? '3000'
  const url = values.url ?? process.env['RELPIN_URL'] ?? `http://localhost:${port}`
  if (!URL.canParse(url)) throw new PlainError(`--url must be an address, not "${url}".`)
  return { folder, url, name: values.name, email: values.email }
}

async function signIn(url: string, email: string | undefined): Promise<ApiClient> {
  const token = process.env['RELPIN_TOKEN']
  if (token) return apiClient(url, token)
  const who = email ?? (await askLine('Email: '))
  return signInClient(url, who, process.env['RELPIN_PASSWORD'] ?? (await askPassword('Password: ')))
}
