/** A patch is read as models write it, finds its lines or says in words why not, and never touches lines that it keeps. */
import { describe, expect, it } from 'vitest'
import { readPatch } from './patch-text.ts'
import { planPatch } from './plan-patch.ts'

const TEXT = `function a() {
  return 1
}

function b() {
  return 1
}
`

/** The text after the update, or the sentence that says why not. */
function updated(text: string, update: string): string {
  const read = readPatch(`*** Begin Patch\n*** Update File: f.ts\n${update}\n*** End Patch`)
  if (!read.ok) return read.why
  const [section] = read.sections
  if (section?.action !== 'update') throw new Error('it is an update')
  const plan = planPatch(text, section.chunks)
  if (plan.plan === 'impossible') return plan.why
  return plan.replacements.reduceRight(
    (now, { at, remove, insert }) => now.slice(0, at) + insert + now.slice(at + remove),
    text,
  )
}

describe('an update', () => {
  it('changes the lines that it names, with context or behind a header', () => {
    const after = TEXT.replace('b() {\n  return 1', 'b() {\n  return 2')
    expect(updated(TEXT, ' function b() {\n-  return 1\n+  return 2\n }')).toBe(after)
    expect(updated(TEXT, '@@ function b() {\n-  return 1\n+  return 2')).toBe(after)
    expect(updated(TEXT, '@@\n function b() {\n-  return 1\n+  return 2\n')).toBe(after)
  })

  it('takes several places in their order', () => {
    const update =
      '@@ function a() {\n-  return 1\n+  return 2\n@@ function b() {\n-  return 1\n+  return 3'
    expect(updated(TEXT, update)).toBe(
      'function a() {\n  return 2\n}\n\nfunction b() {\n  return 3\n}\n',
    )
  })

  it('adds lines behind a header, at the end, and after a last line without an end', () => {
    expect(updated(TEXT, '@@ function b() {\n+  hi()')).toContain('b() {\n  hi()\n  return 1')
    expect(updated(TEXT, '+// end')).toBe(`${TEXT}// end\n`)
    expect(updated('one\ntwo', ' two\n+three')).toBe('one\ntwo\nthree')
    expect(updated('', '+one')).toBe('one\n')
  })

  it('finds lines whose spaces or quotes the model lost, and keeps those of the file', () => {
    expect(
      updated('\tif (x) {\n\t\tsay(“hi”)\n\t}\n', ' if (x) {\n-say("hi")\n+\t\tsay(1)\n }'),
    ).toBe('\tif (x) {\n\t\tsay(1)\n\t}\n')
  })

  it('says in words what is wrong: missing, ambiguous, out of order, malformed', () => {
    expect(updated(TEXT, '-  return 9\n+x')).toContain('were not found')
    expect(updated(TEXT, '-  return 1\n+  return 2')).toContain('found 2 times, at lines 2, 6')
    expect(updated(TEXT, '@@ function c() {\n+x')).toContain('"function c() {" behind @@')
    const swapped =
      '@@ function b() {\n-  return 1\n+  return 2\n@@\n-function a() {\n+function z() {'
    expect(updated(TEXT, swapped)).toContain('It stands before, at line 1')
    expect(updated(TEXT, 'return 1')).toContain('starts with none of')
    expect(updated(TEXT, '   return 1')).toContain('found 2 times')
    expect(updated(TEXT, ' function a() {')).toContain('changes nothing')
  })
})

describe('the envelope', () => {
  it('holds additions, deletions and moves', () => {
    const text =
      'ok:\n*** Begin Patch\n*** Add File: a.ts\n+one\n+\n+two\n*** Delete File: b.ts\n*** Update File: c.ts\n*** Move to: d.ts\n*** End Patch\n'
    expect(readPatch(text)).toMatchObject({
      ok: true,
      sections: [
        { action: 'add', path: 'a.ts', text: 'one\n\ntwo\n' },
        { action: 'delete', path: 'b.ts' },
        { action: 'update', path: 'c.ts', moveTo: 'd.ts', chunks: [] },
      ],
    })
  })

  it('is named when it is missing or empty', () => {
    expect(readPatch('*** Add File: a\n+x')).toMatchObject({ ok: false })
    expect(readPatch('*** Begin Patch\n*** End Patch')).toMatchObject({ ok: false })
    expect(readPatch('*** Begin Patch\nhello\n*** End Patch')).toMatchObject({ ok: false })
  })
})
