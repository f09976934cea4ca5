/** Paths and their classes, and the paths that a workspace does not take. */
import { describe, expect, test } from 'vitest'
import { classifyPath } from './path-class.ts'
import { pathProblem } from './workspace-path.ts'

describe('a path is', () => {
  test.each([
    ['src/lib/pricing.ts', 'source'],
    ['theme.css', 'source'],
    ['src/pricing.test.ts', 'test'],
    ['tests/a.ts', 'test'],
    ['tsconfig.json', 'config'],
    ['vite.config.ts', 'config'],
    ['.gitignore', 'config'],
    ['package.json', 'dependency'],
    ['package-lock.json', 'dependency'],
    ['AGENTS.md', 'policy'],
    ['.github/CODEOWNERS', 'policy'],
    ['.relpin/rules.json', 'policy'],
    ['opencode.json', 'policy'],
    ['.env', 'secret'],
    ['.env.production', 'secret'],
    ['certs/server.pem', 'secret'],
    ['src/runtime/secrets.ts', 'secret'],
    ['gcp/credentials.json', 'secret'],
    ['src/db/credentials.ts', 'source'],
    ['SRC/RUNTIME/SECRETS.TS', 'secret'],
    ['secrets/readme.md', 'secret'],
    ['.ssh/config', 'secret'],
    ['dist/index.js', 'generated'],
    ['dist/.env', 'secret'],
    ['public/logo.png', 'binary'],
  ] as const)('%s: %s', (path, expected) => {
    expect(classifyPath(path)).toBe(expected)
  })
})

describe('a workspace takes', () => {
  test.each(['src/main.ts', 'a b/ü.md', '.gitignore', 'x'])('%s', (path) => {
    expect(pathProblem(path)).toBeNull()
  })
  test.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    'a/',
    './a',
    '.git/config',
    'a\\b',
    'C:/x',
    'a\u0000b',
    'a.',
    `${'x'.repeat(401)}`,
  ])('never %j', (path) => {
    expect(pathProblem(path)?.why).toMatch(/\.$/)
  })
})
