/** Whoever reads the log finds words for every rule that anything in the product names. */
import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ruleWords } from './rule-words.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const SOURCES = '{authority,collab-server,agent-bridge,studio}/src/**/*.ts'
const NOT_PRODUCT = /\.test\.ts$|\/testing\/|\/contracts\//

/** How sources name a rule: as the first word of a decision or refusal, or as the value of `rule`. */
const NAMED = [
  /\b(?:deny|allow|queue|refuse)\(\s*'([a-z-]+(?::[a-z:-]+)?)',/g,
  /\brule: '([a-z-]+(?::[a-z:-]+)?)'/g,
]
const GUARDED = /\bbroken\(\s*'([a-z-]+)'/g

test('every rule has its sentence', async () => {
  const rules = new Set<string>()
  for await (const path of glob(SOURCES, { cwd: ROOT })) {
    if (NOT_PRODUCT.test(path)) continue
    const source = await readFile(`${ROOT}${path}`, 'utf8')
    for (const pattern of NAMED)
      for (const [, rule = ''] of source.matchAll(pattern)) rules.add(rule)
    if (path.endsWith('guard-update.ts'))
      for (const [, rule = ''] of source.matchAll(GUARDED)) rules.add(`update:${rule}`)
  }
  expect(rules.size).toBeGreaterThan(40)
  expect([...rules]).toEqual(expect.arrayContaining(['update:line-end', 'path:secret', 'tripwire']))
  expect([...rules].filter((rule) => ruleWords(rule) === null)).toEqual([])
})
