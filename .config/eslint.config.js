/** Lint: TypeScript and Svelte in strict form, and the direction in which the folders may depend on each other. */
import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

const SERVICES = ['collab-server', 'agent-bridge', 'studio']

/** Forbids imports of the named workspaces, by package name and by relative path. */
const mayNotImport = (folder, others, why) => ({
  files: [`${folder}/**/*.ts`, `${folder}/**/*.svelte`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: others.flatMap((other) => [
          { group: [`@relpin/${other}`, `@relpin/${other}/*`, `**/../${other}/**`], message: why },
        ]),
      },
    ],
  },
})

export default ts.config(
  {
    ignores: [
      '**/node_modules/',
      '**/build/',
      '**/.svelte-kit/',
      '**/.relpin/',
      '**/test-results/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', 400],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'ExportAllDeclaration', message: 'Import from the file that defines it.' },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { globals: globals.browser, parserOptions: { parser: ts.parser } },
  },
  {
    // These are read by tools that ask for a default export.
    files: ['**/*.config.{ts,js}', '**/opencode-home/**', '**/global-setup.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  mayNotImport('authority', ['db', ...SERVICES], 'authority imports nothing at all.'),
  mayNotImport('db', SERVICES, 'db is below the services.'),
  ...SERVICES.map((service) =>
    mayNotImport(
      service,
      SERVICES.filter((other) => other !== service),
      'Services meet over HTTP, WebSocket and Postgres.',
    ),
  ),
)
