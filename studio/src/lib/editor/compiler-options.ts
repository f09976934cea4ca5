/** The project's own tsconfig, as the options that Monaco's TypeScript takes: pure. */

export type ReadText = (path: string) => string | null
type Json = Record<string, unknown>

/** What a tsconfig writes as a word, TypeScript's own enums write as a number. */
const WORDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  target: {
    es3: 0,
    es5: 1,
    es6: 2,
    es2015: 2,
    es2016: 3,
    es2017: 4,
    es2018: 5,
    es2019: 6,
    es2020: 7,
    es2021: 8,
    es2022: 9,
    es2023: 10,
    es2024: 11,
    esnext: 99,
  },
  module: {
    none: 0,
    commonjs: 1,
    amd: 2,
    umd: 3,
    system: 4,
    es6: 5,
    es2015: 5,
    es2020: 6,
    es2022: 7,
    esnext: 99,
    node16: 100,
    node18: 101,
    node20: 102,
    nodenext: 199,
    preserve: 200,
  },
  moduleResolution: { classic: 1, node: 2, node10: 2, node16: 3, nodenext: 99, bundler: 100 },
  moduleDetection: { legacy: 1, auto: 2, force: 3 },
  jsx: { preserve: 1, react: 2, 'react-native': 3, 'react-jsx': 4, 'react-jsxdev': 5 },
}

/** They concern emitting or packages that are not here. */
const LEFT_OUT = new Set([
  'types',
  'typeRoots',
  'composite',
  'incremental',
  'tsBuildInfoFile',
  'outDir',
  'outFile',
  'rootDir',
  'rootDirs',
  'declaration',
  'declarationDir',
  'declarationMap',
  'sourceMap',
  'plugins',
  'noUncheckedSideEffectImports',
  'baseUrl',
  'paths',
  'lib',
  'customConditions',
  'extends',
])

const ROOT = 'file:///'

/** Reads `tsconfig.json` with what it extends; a project of references is judged by the one for its sources. */
export function compilerOptions(read: ReadText): Json {
  const root = readConfig('tsconfig.json', read)
  const own = root ? (root.options ?? {}) : {}
  const referenced = root?.references
    .map((path) => readConfig(path, read))
    .find((config) => config?.include.some((glob) => glob.startsWith('src')))
  const options = { ...own, ...(referenced?.options ?? {}) }
  const base = String(options['baseUrl'] ?? '.')
    .replace(/^\.\/?/, '')
    .replace(/\/$/, '')
  return {
    ...translate(options),
    ...(Array.isArray(options['lib']) ? { lib: libraries(options['lib']) } : {}),
    baseUrl: ROOT + base,
    paths: absolutePaths(options['paths'], base),
    types: [],
    noEmit: true,
    allowNonTsExtensions: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    skipLibCheck: true,
  }
}

function translate(options: Json): Json {
  const result: Json = { target: 99, module: 99, moduleResolution: 100, moduleDetection: 3 }
  for (const [name, value] of Object.entries(options)) {
    if (LEFT_OUT.has(name)) continue
    const words = WORDS[name]
    if (!words) result[name] = value
    else if (typeof value === 'string' && value.toLowerCase() in words) {
      result[name] = words[value.toLowerCase()]
    }
  }
  return result
}

function libraries(names: readonly unknown[]): string[] {
  return names.map((name) => `lib.${String(name).toLowerCase()}.d.ts`)
}

function absolutePaths(paths: unknown, base: string): Record<string, string[]> {
  if (typeof paths !== 'object' || paths === null) return {}
  const folder = base === '' ? ROOT : `${ROOT}${base}/`
  return Object.fromEntries(
    Object.entries(paths).map(([alias, targets]) => [
      alias,
      (Array.isArray(targets) ? targets : []).map(
        (target) => folder + String(target).replace(/^\.\//, ''),
      ),
    ]),
  )
}

type Config = { options: Json | null; references: string[]; include: string[] }

function readConfig(path: string, read: ReadText, depth = 0): Config | null {
  const text = read(path)
  const json = text === null ? null : parseJsonc(text)
  if (!json || depth > 4) return null
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const parents = [json['extends']].flat().filter((value) => typeof value === 'string')
  const inherited = parents.map((parent) => {
    const target = parent.startsWith('.') ? folder + parent.replace(/^\.\//, '') : null
    return target
      ? readConfig(target.endsWith('.json') ? target : `${target}.json`, read, depth + 1)
      : null
  })
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
  return {
    options: {
      ...Object.assign({}, ...inherited.map((config) => config?.options ?? {})),
      ...(json['compilerOptions'] as Json | undefined),
    },
    references: list(json['references']).flatMap((reference) => {
      const at = (reference as { path?: unknown }).path
      if (typeof at !== 'string') return []
      const target = folder + at.replace(/^\.\//, '')
      return [target.endsWith('.json') ? target : `${target}/tsconfig.json`]
    }),
    include: list(json['include']).map(String),
  }
}

/** JSON with comments and trailing commas; `null` when it is neither. */
export function parseJsonc(text: string): Json | null {
  const strings = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  const bare = text.replace(strings, (match) => (match.startsWith('"') ? match : ' '))
  const clean = bare.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (match) =>
    match === ',' ? '' : match,
  )
  try {
    const value: unknown = JSON.parse(clean)
    return typeof value === 'object' && value !== null ? (value as Json) : null
  } catch {
    return null
  }
}
