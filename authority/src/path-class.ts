/** What a path is, judged by its name alone: the class decides which rule of `decide.ts` applies to it. */

export const PATH_CLASSES = [
  'source',
  'test',
  'config',
  'dependency',
  'policy',
  'secret',
  'generated',
  'binary',
] as const
export type PathClass = (typeof PATH_CLASSES)[number]

const SECRET_NAME =
  /^(\.env.*|.*\.(pem|key|p12|pfx|jks|keystore)|id_(rsa|dsa|ecdsa|ed25519)|secrets?\..*|credentials\.(json|ya?ml|ini|toml|txt|csv)|\.netrc|\.npmrc|\.pgpass|\.htpasswd)$/
const SECRET_FOLDER = new Set(['secrets', '.secrets', '.ssh', '.gnupg', '.aws'])
const POLICY_NAME = new Set(['agents.md', 'codeowners'])
const POLICY_FOLDER = new Set(['.relpin', '.opencode'])
const DEPENDENCY_NAME = new Set([
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'bun.lock',
  'bun.lockb',
])
/** What packages and builds fill. */
export const GENERATED_FOLDERS = [
  'node_modules',
  'dist',
  'build',
  'coverage',
  '.svelte-kit',
  '.next',
  '.vite',
  '.turbo',
] as const
const GENERATED_FOLDER: ReadonlySet<string> = new Set(GENERATED_FOLDERS)
const BINARY_NAME =
  /\.(png|jpe?g|gif|webp|avif|ico|bmp|pdf|zip|gz|tgz|bz2|xz|7z|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|mov|wasm|node|so|dll|exe|sqlite|db)$/
const TEST_NAME = /\.(test|spec)\.[cm]?[jt]sx?$/
const TEST_FOLDER = new Set(['__tests__', 'test', 'tests', 'e2e'])
const CONFIG_NAME =
  /^(\..+|tsconfig.*\.json|.*\.config\.[cm]?[jt]s|jsconfig\.json|.*\.ya?ml|.*\.toml)$/

/**
 * Classifies a workspace path such as `src/lib/pricing.ts`. Case does not matter, so that a name cannot
 * be dressed up (`SECRETS.TS`). The strictest class that matches wins: secret before all others.
 */
export function classifyPath(path: string): PathClass {
  const segments = path.toLowerCase().split('/')
  const name = segments.at(-1) ?? ''
  const folders = segments.slice(0, -1)
  const inside = (set: ReadonlySet<string>): boolean => folders.some((folder) => set.has(folder))

  if (SECRET_NAME.test(name) || inside(SECRET_FOLDER)) return 'secret'
  if (POLICY_NAME.has(name) || inside(POLICY_FOLDER) || name === 'opencode.json') return 'policy'
  if (inside(GENERATED_FOLDER)) return 'generated'
  if (DEPENDENCY_NAME.has(name)) return 'dependency'
  if (BINARY_NAME.test(name)) return 'binary'
  if (TEST_NAME.test(name) || inside(TEST_FOLDER)) return 'test'
  if (CONFIG_NAME.test(name)) return 'config'
  return 'source'
}
