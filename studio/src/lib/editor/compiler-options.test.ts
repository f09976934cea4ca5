import { expect, test } from 'vitest'
import { compilerOptions, parseJsonc } from './compiler-options.ts'

const from = (files: Record<string, unknown>) =>
  compilerOptions((path) => {
    const value = files[path]
    return value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)
  })

test('an alias of the project leads to its files', () => {
  const options = from({
    'tsconfig.json': { compilerOptions: { baseUrl: '.', paths: { '@/*': ['./src/*'] } } },
  })
  expect(options).toMatchObject({ baseUrl: 'file:///', paths: { '@/*': ['file:///src/*'] } })
})

test('words become the numbers that TypeScript knows, strictness stays', () => {
  const options = from({
    'tsconfig.json': {
      compilerOptions: {
        target: 'ES2022',
        module: 'ESNext',
        moduleResolution: 'bundler',
        jsx: 'react-jsx',
        strict: true,
        lib: ['ES2022', 'DOM', 'DOM.Iterable'],
        types: ['vite/client'],
      },
    },
  })
  expect(options).toMatchObject({
    target: 9,
    module: 99,
    moduleResolution: 100,
    jsx: 4,
    strict: true,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  })
})

test('a project of references is judged by the one for its sources', () => {
  const options = from({
    'tsconfig.json': {
      files: [],
      references: [{ path: './tsconfig.node.json' }, { path: './tsconfig.app.json' }],
    },
    'tsconfig.node.json': { compilerOptions: { strict: false }, include: ['vite.config.ts'] },
    'tsconfig.app.json': {
      extends: './base.json',
      compilerOptions: { jsx: 'preserve' },
      include: ['src'],
    },
    'base.json': { compilerOptions: { strict: true } },
  })
  expect(options).toMatchObject({ strict: true, jsx: 1 })
})

test('without a tsconfig modern defaults hold', () => {
  expect(from({})).toMatchObject({ target: 99, moduleResolution: 100 })
})

test('comments and trailing commas are no reason to fail', () => {
  expect(parseJsonc('{ // a\n "x": "//no", /* b */ "y": [1, 2,], }')).toEqual({
    x: '//no',
    y: [1, 2],
  })
  expect(parseJsonc('{')).toBeNull()
})
