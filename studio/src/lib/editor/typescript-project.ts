/** Keeps the TypeScript worker informed of the whole workspace, so that imports resolve and nothing is falsely wrong. */
import {
  javascriptDefaults,
  typescriptDefaults,
} from 'monaco-editor/languages/features/typescript/register'
import { ambientTypes } from './ambient-types.ts'
import { compilerOptions } from './compiler-options.ts'
import type { MonacoApi } from './monaco.ts'

/** Module could not be found as a side effect only (css); JSX without React's types; unused labels of partial types. */
const NOT_HERE = [2882, 7016, 7026, 2875, 1208]

type ProjectTexts = ReadonlyMap<string, string>

let applied = ''

/** Hands over all texts that matter, keyed by path. Open files are models and win over their copies here. */
export function teachTypeScript(texts: ProjectTexts): void {
  const read = (path: string): string | null => texts.get(path) ?? null
  const scripts = [...texts.keys()].filter((path) => /\.[cm]?[jt]sx?$/.test(path))
  const ambient = ambientTypes(read, scripts)
  const options = {
    ...compilerOptions(read),
    ...(ambient.partial ? { noImplicitAny: false } : {}),
  }
  const libs = [...texts].map(([path, content]) => ({ filePath: `file:///${path}`, content }))
  libs.push({ filePath: 'file:///node_modules/@relpin/ambient.d.ts', content: ambient.text })

  // Setting the options restarts the worker: only when they changed.
  const key = JSON.stringify(options)
  if (key !== applied) {
    applied = key
    typescriptDefaults.setCompilerOptions(options)
    javascriptDefaults.setCompilerOptions({ ...options, allowJs: true })
    const diagnostics = {
      noSemanticValidation: false,
      noSyntaxValidation: false,
      onlyVisible: false,
      diagnosticCodesToIgnore: NOT_HERE,
    }
    typescriptDefaults.setDiagnosticsOptions(diagnostics)
    javascriptDefaults.setDiagnosticsOptions({ ...diagnostics, noSemanticValidation: true })
  }
  typescriptDefaults.setExtraLibs(libs)
  javascriptDefaults.setExtraLibs(libs)
}

/** Removes the models that going to a definition left behind, so that newer texts are seen. */
export function forgetStrayModels(monaco: MonacoApi, isOpen: (path: string) => boolean): void {
  for (const model of monaco.editor.getModels()) {
    if (model.uri.scheme !== 'file' || model.isAttachedToEditor()) continue
    if (!isOpen(model.uri.path.slice(1))) model.dispose()
  }
}
