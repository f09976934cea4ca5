/** Monaco with only the languages that a TypeScript project uses. Import it dynamically: it is large and needs a browser. */
import * as monaco from 'monaco-editor/editor/editor.api'
// Before any editor is made: what a language brings along later would not be part of it.
import 'monaco-editor/features/register.all'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import 'monaco-editor/languages/definitions/css/register'
import 'monaco-editor/languages/definitions/html/register'
import 'monaco-editor/languages/definitions/javascript/register'
import 'monaco-editor/languages/definitions/less/register'
import 'monaco-editor/languages/definitions/markdown/register'
import 'monaco-editor/languages/definitions/scss/register'
import 'monaco-editor/languages/definitions/shell/register'
import 'monaco-editor/languages/definitions/sql/register'
import 'monaco-editor/languages/definitions/typescript/register'
import 'monaco-editor/languages/definitions/xml/register'
import 'monaco-editor/languages/definitions/yaml/register'
import CssWorker from 'monaco-editor/languages/features/css/css.worker?worker'
import 'monaco-editor/languages/features/css/register'
import HtmlWorker from 'monaco-editor/languages/features/html/html.worker?worker'
import 'monaco-editor/languages/features/html/register'
import JsonWorker from 'monaco-editor/languages/features/json/json.worker?worker'
import 'monaco-editor/languages/features/json/register'
import 'monaco-editor/languages/features/typescript/register'
import TypeScriptWorker from 'monaco-editor/languages/features/typescript/ts.worker?worker'

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    switch (label) {
      case 'typescript':
      case 'javascript':
        return new TypeScriptWorker()
      case 'css':
      case 'scss':
      case 'less':
        return new CssWorker()
      case 'html':
      case 'handlebars':
      case 'razor':
        return new HtmlWorker()
      case 'json':
        return new JsonWorker()
      default:
        return new EditorWorker()
    }
  },
}

export { bind } from './binding.ts'
export { forgetStrayModels, teachTypeScript } from './typescript-project.ts'
export { monaco }
export type MonacoApi = typeof monaco
export type CodeEditor = monaco.editor.IStandaloneCodeEditor
export type TextModel = monaco.editor.ITextModel
