/** `relpin import` sends what git would keep, never a secret, and refuses what it cannot send whole. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packFolder } from './pack-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relpin-pack-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(files: Readonly<Record<string, string>>) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

async function contents(archive: Buffer): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const reader = extract()
  reader.end(gunzipSync(archive))
  for await (const entry of reader)
    found[entry.header.name.replace(/^project\//, '')] = await text(entry)
  return found
}

describe('a folder that is imported', () => {
  test('brings its sources and leaves out what is made again', async () => {
    await put({
      'src/main.ts': 'export {}\n',
      'package.json': '{}',
      'node_modules/x/index.js': 'x',
      'packages/a/node_modules/y.js': 'y',
      'dist/main.js': 'z',
      '.git/config': 'g',
    })
    const packed = await packFolder(folder)
    expect(await contents(packed.archive)).toEqual({
      'package.json': '{}',
      'src/main.ts': 'export {}\n',
    })
    expect(packed).toMatchObject({ files: 2, bytes: 12, secrets: [] })
  })

  test('keeps its secrets on this machine, and names them even where git ignores them', async () => {
    execFileSync('git', ['init', '-q'], { cwd: folder })
    await put({ '.gitignore': '.env\n', '.env': 'KEY=1', 'certs/site.pem': 'k', 'src/a.ts': '' })
    const packed = await packFolder(folder)
    expect(packed.secrets).toEqual(['.env', 'certs/site.pem'])
    expect(Object.keys(await contents(packed.archive))).toEqual(['.gitignore', 'src/a.ts'])
  })

  test('leaves out what its repository ignores, links inside of that too', async () => {
    execFileSync('git', ['init', '-q'], { cwd: folder })
    await put({ '.gitignore': 'out/\n*.log\n', 'out/page.html': '', 'a.log': '', 'src/a.ts': '' })
    await symlink('/', join(folder, 'out', 'everything'))
    expect(Object.keys(await contents((await packFolder(folder)).archive))).toEqual([
      '.gitignore',
      'src/a.ts',
    ])
  })

  test('is refused for a symbolic link, by its name', async () => {
    await put({ 'src/a.ts': '' })
    await symlink('/etc/passwd', join(folder, 'src', 'link.ts'))
    await expect(packFolder(folder)).rejects.toThrow('src/link.ts is a symbolic link.')
  })

  test('is refused when it is empty', async () => {
    await expect(packFolder(folder)).rejects.toThrow(/nothing to import/)
  })

  test('is refused beyond 10,000 files', async () => {
    await mkdir(join(folder, 'many'))
    const names = Array.from({ length: 10_001 }, (_, index) => join(folder, 'many', `${index}.ts`))
    await Promise.all(names.map((name) => writeFile(name, '')))
    await expect(packFolder(folder)).rejects.toThrow(/holds 10001 files.*at most 10000/)
  })
})
