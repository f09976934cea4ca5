/** The starter is a project that one would want to begin with. */
import { classifyPath } from '@relpin/authority/path-class.ts'
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { starterPlan } from '#lib/server/starter/starter.ts'

const FOLDER = new URL('./files', import.meta.url).pathname

test('it has its configuration, its sources and a test, and nothing secret', () => {
  const paths = starterPlan().files.map((file) => file.path)
  for (const path of [
    '.gitignore',
    'AGENTS.md',
    'README.md',
    'index.html',
    'package.json',
    'src/components/button.ts',
    'src/lib/pricing.test.ts',
    'src/lib/pricing.ts',
    'src/main.ts',
    'src/theme.css',
    'tsconfig.json',
    'vite.config.ts',
  ]) {
    expect(paths).toContain(path)
  }
  expect(paths.filter((path) => pathProblem(path) ?? classifyPath(path) === 'secret')).toEqual([])
})

test('its own TypeScript settings find no error in it', () => {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const config = ts.getParsedCommandLineOfConfigFile(`${FOLDER}/tsconfig.json`, {}, host)
  if (!config) throw new Error('The settings of the starter cannot be read.')
  const program = ts.createProgram(config.fileNames, config.options)
  const errors = ts.getPreEmitDiagnostics(program)
  expect(errors.map((error) => ts.flattenDiagnosticMessageText(error.messageText, ' '))).toEqual([])
}, 60_000)
