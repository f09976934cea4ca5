/** Importing an archive: what arrives, and every kind of hostile one that is refused whole. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ProblemError } from '#lib/server/api/problems.ts'
import { budget } from '#lib/server/archives/budget.ts'
import { tarGz, zip, type TarItem } from '#lib/server/archives/make-archives.ts'
import { planImport } from '#lib/server/archives/plan-import.ts'
import { readTar } from '#lib/server/archives/read-tar.ts'
import { readZip } from '#lib/server/archives/read-zip.ts'
import { unpack } from '#lib/server/archives/unpack.ts'

const plan = async (archive: Buffer) => planImport(await unpack(archive))
const paths = async (archive: Buffer) => (await plan(archive)).files.map((file) => file.path)
const text = async (archive: Buffer, path: string) => {
  const content = (await plan(archive)).files.find((file) => file.path === path)?.content
  return content?.kind === 'text' ? content.text : content?.kind
}
const refusal = async (archive: Buffer | Promise<Buffer>): Promise<string> => {
  const error: unknown = await plan(await archive).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemError)) throw new Error('The archive was not refused.')
  expect(error.problem.status).toBe(422)
  return error.problem.detail
}
/** The same files in both forms. */
const both = (items: readonly { name: string; bytes?: Buffer | string }[]) =>
  Promise.all([tarGz(items), Promise.resolve(zip(items))])

describe('what arrives', () => {
  test('a single common top folder is taken off, in both forms', async () => {
    for (const archive of await both([
      { name: 'shop-main/package.json', bytes: '{}' },
      { name: 'shop-main/src/main.ts', bytes: 'export {}' },
    ])) {
      expect(await paths(archive)).toEqual(['package.json', 'src/main.ts'])
    }
  })

  test('without one, every path stays as it is', async () => {
    for (const archive of await both([{ name: './README.md' }, { name: './src/main.ts' }])) {
      expect(await paths(archive)).toEqual(['README.md', 'src/main.ts'])
    }
  })

  test('text gets LF and loses its byte order mark; what is not text stays as it is', async () => {
    const archive = await tarGz([
      { name: 'a.ts', bytes: '\uFEFFone\r\ntwo\rthree\n' },
      { name: 'logo.png', bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]) },
      { name: 'latin.txt', bytes: Buffer.from([0x66, 0xfc, 0x72]) },
      { name: 'large.txt', bytes: 'x'.repeat(1024 * 1024 + 1) },
    ])
    expect(await text(archive, 'a.ts')).toBe('one\ntwo\nthree\n')
    expect(await text(archive, 'logo.png')).toBe('binary')
    expect(await text(archive, 'latin.txt')).toBe('binary')
    expect(await text(archive, 'large.txt')).toBe('binary')
  })

  test('secret files are left out and named', async () => {
    for (const archive of await both([
      { name: 'src/main.ts' },
      { name: '.env.production', bytes: 'KEY=1' },
      { name: 'certs/server.pem', bytes: 'x' },
    ])) {
      const { files, leftOut } = await plan(archive)
      expect(files.map((file) => file.path)).toEqual(['src/main.ts'])
      expect(leftOut.map((one) => one.path)).toEqual(['.env.production', 'certs/server.pem'])
    }
  })

  test('.git, node_modules and what Macs add are skipped and counted, links in them included', async () => {
    const archive = await tarGz([
      { name: 'app/src/main.ts' },
      { name: 'app/.git/config', bytes: '[core]' },
      { name: 'app/node_modules/.bin/vite', type: 'symlink', linkname: '../vite/bin/vite.js' },
      { name: '__MACOSX/app/._main.ts', bytes: 'x' },
    ])
    const { files, skipped } = await plan(archive)
    expect(files.map((file) => file.path)).toEqual(['src/main.ts'])
    expect(skipped).toBe(3)
  })

  test("a Mac's way of writing accents becomes everybody's", async () => {
    expect(await paths(await tarGz([{ name: 'caf\u0065\u0301.md' }, { name: 'b.md' }]))).toContain(
      'caf\u00e9.md',
    )
  })
})

describe('what is refused, naming the entry', () => {
  const link = (type: 'symlink' | 'link'): TarItem[] => [
    { name: 'src/main.ts' },
    { name: 'src/passwd', type, linkname: '/etc/passwd' },
  ]

  test.each([
    ['a symbolic link', () => tarGz(link('symlink')), /"src\/passwd" is a symbolic link/],
    ['a hard link', () => tarGz(link('link')), /"src\/passwd" is a hard link/],
    ['a device', () => tarGz([{ name: 'null', type: 'character-device' }]), /"null" is a device/],
    ['a pipe', () => tarGz([{ name: 'pipe', type: 'fifo' }]), /"pipe" is a pipe/],
    ['a symbolic link in a zip', () => zip([{ name: 'l', mode: 0o120777 }]), /"l" is a symbolic/],
    ['a device in a zip', () => zip([{ name: 'd', mode: 0o020644 }]), /"d" is neither/],
    ['an encrypted zip', () => zip([{ name: 'a.ts', bytes: 'x', encrypted: true }]), /encrypted/],
    ['a zip with a backslash', () => zip([{ name: 'a\\..\\b' }]), /backslash/],
    ['a drive letter', () => zip([{ name: 'C:/a.ts' }]), /"C:\/a.ts" has an absolute path/],
  ])('%s', async (_what, archive, sentence) => {
    expect(await refusal(archive())).toMatch(sentence)
  })

  test.each([
    ['an absolute path', ['/etc/passwd'], /"\/etc\/passwd" has an absolute path/],
    ['a path that climbs out', ['a/../../b'], /"a\/..\/..\/b" points out of the archive/],
    ['climbing out below node_modules', ['node_modules/../../b'], /points out of the archive/],
    ['a file that is there twice', ['a/x.ts', 'b.ts', 'a/x.ts'], /"a\/x.ts" is there twice/],
    ['names that differ in case only', ['A.ts', 'a.ts'], /"a.ts" differs from "A.ts" only in/],
    ['folders that differ in case only', ['Src/a.ts', 'src/b.ts'], /"src\/b.ts" lies in a path/],
    [
      'a file that is also a folder',
      ['x/a', 'x/a/b', 'y'],
      /"x\/a\/b" lies in a path that is a folder/,
    ],
    ['a folder that is also a file', ['x/a/b', 'x/a', 'y'], /"x\/a" is both a file and a folder/],
    ['a name that Windows cannot have', ['a?.ts', 'b.ts'], /"a\?.ts" cannot be imported/],
    ['a name with a control character', ['a\u0007.ts', 'b.ts'], /cannot be imported/],
  ])('%s', async (_what, names, sentence) => {
    for (const archive of await both(names.map((name) => ({ name, bytes: 'x' })))) {
      expect(await refusal(archive)).toMatch(sentence)
    }
  })
})

describe('what would cost too much', () => {
  test('10,001 files', async () => {
    const items = Array.from({ length: 10_001 }, (_, index) => ({ name: `f/${index}.ts` }))
    for (const archive of await both(items)) {
      expect(await refusal(archive)).toMatch(/more than 10,000 files/)
    }
  }, 60_000)

  test('a bomb: 200 MB of zeros in 200 KB', async () => {
    const bytes = Buffer.alloc(200 * 1024 * 1024)
    for (const archive of await both([{ name: 'zeros.bin', bytes }])) {
      expect(archive.length).toBeLessThan(1024 * 1024)
      expect(await refusal(archive)).toMatch(/unpacks to more than 100 MB/)
    }
  }, 60_000)

  test('a tar of padding only, which unpacks for ever without giving a file', async () => {
    const padding = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    expect(await refusal(padding)).toMatch(/little but padding/)
  })

  test('texts of control characters, which grow sixfold on their way', async () => {
    const bytes = Buffer.alloc(1024 * 1024, 1)
    const items = Array.from({ length: 6 }, (_, index) => ({ name: `${index}.txt`, bytes }))
    for (const archive of await both(items)) {
      expect(await refusal(archive)).toMatch(/control characters/)
    }
    expect(await text(zip([{ name: 'log.txt', bytes: '\u001b[31mred\n' }]), 'log.txt')).toBe(
      '\u001b[31mred\n',
    )
  })

  test('the limit counts all files together', async () => {
    const limits = () => budget({ files: 10, bytes: 100 })
    const items = [1, 2, 3].map((n) => ({ name: `${n}.txt`, bytes: 'x'.repeat(40) }))
    await expect(readTar(await tarGz(items), limits())).rejects.toThrow(/unpacks to more than/)
    await expect(readZip(zip(items), limits())).rejects.toThrow(/unpacks to more than/)
  })

  test('a zip that lies about a size is refused, whichever way it lies', async () => {
    for (const claimedSize of [1, 1_000]) {
      const archive = zip([{ name: 'lie.txt', bytes: 'x'.repeat(100), claimedSize }])
      expect(await refusal(archive)).toMatch(/"lie.txt" cannot be unpacked/)
    }
  })
})

describe('what is no archive', () => {
  test.each([
    ['nothing', Buffer.alloc(0), /empty/],
    ['a text', Buffer.from('hello'), /neither a .tar.gz nor a .zip/],
    ['a gzip of something else', gzipSync('hello'.repeat(500)), /damaged or no tar/],
    ['half a zip', zip([{ name: 'a.ts', bytes: 'x' }]).subarray(0, 60), /damaged or no zip/],
  ])('%s', async (_what, bytes, sentence) => {
    expect(await refusal(bytes)).toMatch(sentence)
  })

  test('half a tar.gz', async () => {
    const whole = await tarGz([{ name: 'a.ts', bytes: randomBytes(5_000) }])
    expect(await refusal(whole.subarray(0, whole.length / 2))).toMatch(/damaged/)
  })

  test('an archive of folders only, or of secrets only', async () => {
    expect(await refusal(tarGz([{ name: 'src/', type: 'directory' }]))).toMatch(/no files/)
    expect(await refusal(zip([{ name: '.env', bytes: 'A=1' }]))).toMatch(/no files/)
  })
})
