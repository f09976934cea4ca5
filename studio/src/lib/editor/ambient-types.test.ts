import { expect, test } from 'vitest'
import { ambientTypes } from './ambient-types.ts'

const project = (files: Record<string, string>) =>
  ambientTypes((path) => files[path] ?? null, Object.keys(files))

test('packages of the project are known without their types', () => {
  const { text, partial } = project({
    'package.json': '{"dependencies":{"react":"19"},"devDependencies":{"vite":"8"}}',
    'src/App.tsx': "import { useState } from 'react'",
  })
  expect(text).toContain('declare module "react"')
  expect(text).toContain('declare module "vite/*"')
  expect(text).toContain('namespace JSX')
  expect(partial).toBe(true)
})

test('a package that the project does not name stays an error', () => {
  expect(project({ 'package.json': '{}' }).text).not.toContain('left-pad')
})

test('a project that uses packages only in its configuration is judged strictly', () => {
  const { partial, text } = project({
    'package.json': '{"devDependencies":{"vite":"8"}}',
    'vite.config.ts': "import { defineConfig } from 'vite'",
    'src/main.ts': 'export const a = 1',
  })
  expect(partial).toBe(false)
  expect(text).not.toContain('namespace JSX')
})
