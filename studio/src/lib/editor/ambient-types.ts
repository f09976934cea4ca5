/** Declarations for what a project's build provides and what is installed only where it is built: no false errors. */
import { parseJsonc, type ReadText } from './compiler-options.ts'

/** What `vite/client` declares, as far as sources meet it. */
const VITE_CLIENT = `
interface ImportMetaEnv { readonly [key: string]: any; readonly BASE_URL: string; readonly MODE: string; readonly DEV: boolean; readonly PROD: boolean; readonly SSR: boolean }
interface ImportMeta {
  readonly env: ImportMetaEnv
  readonly hot?: { readonly data: any; accept(...args: any[]): void; dispose(cb: (data: any) => void): void; invalidate(message?: string): void; on(event: string, cb: (payload: any) => void): void; send(event: string, data?: any): void }
  glob(pattern: string | readonly string[], options?: { eager?: boolean; import?: string; query?: string | Record<string, string | number | boolean> }): Record<string, any>
}
${['css', 'scss', 'sass', 'less', 'styl'].map((ext) => `declare module '*.module.${ext}' { const classes: { readonly [key: string]: string }; export default classes }\ndeclare module '*.${ext}' {}`).join('\n')}
${['png', 'jpg', 'jpeg', 'gif', 'svg', 'ico', 'webp', 'avif', 'mp4', 'webm', 'mp3', 'wav', 'ogg', 'woff', 'woff2', 'ttf', 'pdf', 'txt', 'wasm'].map((ext) => `declare module '*.${ext}' { const src: string; export default src }`).join('\n')}
declare module '*?raw' { const text: string; export default text }
declare module '*?url' { const src: string; export default src }
declare module '*?inline' { const src: string; export default src }
declare module '*?worker' { const worker: { new (options?: { name?: string }): Worker }; export default worker }
declare module 'vite/client' {}
`

const JSX = `
declare namespace JSX {
  type Element = any
  interface ElementClass { [name: string]: any }
  interface ElementChildrenAttribute { children: {} }
  interface IntrinsicAttributes { key?: any }
  interface IntrinsicElements { [name: string]: any }
}
`

const NODE = `
declare module 'node:*'
declare const process: { readonly env: Record<string, string | undefined>; readonly [name: string]: any }
declare const __dirname: string
declare const Buffer: any
`

type Ambient = {
  readonly text: string
  /** Some types are missing here, so that parameters may look untyped although they are not where it is built. */
  readonly partial: boolean
}

/** `read` gives the texts of the workspace; `scripts` are those that may import something. */
export function ambientTypes(read: ReadText, scripts: readonly string[]): Ambient {
  const manifest = parseJsonc(read('package.json') ?? '{}') ?? {}
  const packages = [
    ...Object.keys((manifest['dependencies'] as object | undefined) ?? {}),
    ...Object.keys((manifest['devDependencies'] as object | undefined) ?? {}),
    ...Object.keys((manifest['peerDependencies'] as object | undefined) ?? {}),
  ].filter((name) => !name.startsWith('@types/'))
  const modules = packages.flatMap((name) => [
    `declare module ${JSON.stringify(name)}`,
    `declare module ${JSON.stringify(`${name}/*`)}`,
  ])
  const sources = scripts.filter((path) => !/\.config\.[cm]?[jt]s$/.test(path))
  const partial = sources.some((path) => {
    const text = read(path) ?? ''
    return packages.some((name) => importsPackage(text, name))
  })
  const jsx = scripts.some((path) => /\.[jt]sx$/.test(path))
  return { text: [VITE_CLIENT, NODE, ...(jsx ? [JSX] : []), ...modules].join('\n'), partial }
}

function importsPackage(text: string, name: string): boolean {
  return ["'", '"'].some(
    (quote) =>
      text.includes(`from ${quote}${name}${quote}`) || text.includes(`from ${quote}${name}/`),
  )
}
