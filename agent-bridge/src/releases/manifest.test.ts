/** Equal content has an equal digest, and a changed byte another one. */
import { sha256Hex } from '@relpin/db/blobs.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeManifest, manifestBytes, manifestDigest, type ManifestFile } from './manifest.ts'

const file = (path: string, text: string): ManifestFile => ({
  path,
  sha256: sha256Hex(text),
  size: Buffer.byteLength(text),
})
const project = [
  file('src/App.ts', 'export const app = 1\n'),
  file('README.md', '# Shop\n'),
  file('src/ümlaut.ts', ''),
]

describe('a release manifest', () => {
  test('has the digest of its own bytes, which are canonical JSON', () => {
    const manifest = makeManifest(project)
    const text = manifestBytes(manifest).toString()
    expect(manifestDigest(manifest)).toBe(sha256Hex(text))
    expect(text).toMatch(
      /^\{"files":\[\{"mode":"100644","path":"README.md","sha256":"[0-9a-f]{64}"/,
    )
    expect(text.endsWith('"v":1}')).toBe(true)
  })

  test('gives equal content an equal digest, in whatever order it was found', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(project, { minLength: project.length }), (files) => {
        expect(manifestDigest(makeManifest(files))).toBe(manifestDigest(makeManifest(project)))
      }),
    )
  })

  test('gives a changed byte, a renamed file or a missing one another digest', () => {
    const digest = manifestDigest(makeManifest(project))
    const [app, ...rest] = project as [ManifestFile, ...ManifestFile[]]
    for (const other of [
      [file(app.path, 'export const app = 2\n'), ...rest],
      [{ ...app, path: 'src/app.ts' }, ...rest],
      rest,
    ]) {
      expect(manifestDigest(makeManifest(other))).not.toBe(digest)
    }
  })

  test('sorts paths by their bytes, not by letters or by UTF-16', () => {
    const paths = ['b', 'a/b', 'a', 'a-b', 'B', '\u{1f600}', '\ufb33']
    const sorted = makeManifest(paths.map((path) => file(path, ''))).files.map(({ path }) => path)
    expect(sorted).toEqual(['B', 'a', 'a-b', 'a/b', 'b', '\ufb33', '\u{1f600}'])
  })
})
