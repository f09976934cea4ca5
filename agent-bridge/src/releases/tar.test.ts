/** The archives are read by the tar that everybody has, and depend on nothing but their contents. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { TAR_END, tarHeader, tarLength, tarPadding } from './tar.ts'

const run = promisify(execFile)

const deep = `${'folder/'.repeat(15)}file.ts`
const tooDeepForUstar = `${'folder/'.repeat(40)}file.ts`
const longName = `${'n'.repeat(150)}.ts`
const FILES: readonly (readonly [string, string])[] = [
  ['release.json', '{}'],
  ['empty.txt', ''],
  ['exactly-one-block.txt', 'x'.repeat(512)],
  ['src/ümläut – 日本.ts', 'ünïcode\n'],
  [deep, 'deep\n'],
  [tooDeepForUstar, 'deeper\n'],
  [longName, 'long\n'],
]

function pack(files: readonly (readonly [string, string])[]): Buffer {
  const parts = files.flatMap(([path, text]) => {
    const bytes = Buffer.from(text)
    return [tarHeader({ path, size: bytes.length }), bytes, tarPadding(bytes.length)]
  })
  return Buffer.concat([...parts, TAR_END])
}

describe('a tar archive', () => {
  test('is listed and unpacked by tar, with long and international paths whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relpin-tar-'))
    try {
      const name = join(folder, 'a.tar')
      await writeFile(name, pack(FILES))
      const environment = { ...process.env, LC_ALL: 'C.UTF-8' }
      const list = await run('tar', ['tf', name, '--quoting-style=literal'], { env: environment })
      expect(list.stderr).toBe('')
      expect(list.stdout.trimEnd().split('\n')).toEqual(FILES.map(([path]) => path))
      await run('tar', ['xf', name, '-C', folder], { env: environment })
      for (const [path, text] of FILES)
        expect(await readFile(join(folder, path), 'utf8')).toBe(text)
      const details = await run('tar', ['tvf', name, '--numeric-owner', '--utc'])
      expect(details.stdout.split('\n')[0]).toMatch(/^-rw-r--r-- 0\/0 +2 1970-01-01 00:00 release/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('has the same bytes every time, and the length that was announced', () => {
    expect(pack(FILES).equals(pack(FILES))).toBe(true)
    const entries = FILES.map(([path, text]) => ({ path, size: Buffer.byteLength(text) }))
    expect(tarLength(entries)).toBe(pack(FILES).length)
  })

  test('refuses a size that its header cannot say', () => {
    expect(() => tarHeader({ path: 'a', size: 8 ** 11 })).toThrow(RangeError)
  })
})
