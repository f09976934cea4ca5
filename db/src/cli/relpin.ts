/** The command line: `npm run relpin -- <command>`; npm's own scripts call it as well. */
import { PlainError } from '../plain-error.ts'
import { sayTo } from './say.ts'

const USAGE = `Relpin Studio: people and the OpenCode agent edit one TypeScript project together.

  npm start                          start the product (PORT, RELPIN_DATA, RELPIN_URL, DATABASE_URL)
  npm run demo                       the same with a seeded organization and a scripted demo model
  npm run relpin -- import <folder>  create an app from a folder (--help tells more)
  npm run relpin -- keys rotate      a new master key for provider keys, while it runs (--help tells more)
  npm run relpin -- build            install and build without starting, for an image
  npm run relpin -- images           make the image of docker capsules; "images base" what images start from
  npm test                           run all tests
  npm run bench -- <name>            run a benchmark of e2e/bench
  npm run chaos -- <name>            kill parts of it under load, and compare with what was acknowledged
  npm run attack -- <name>           attack a live server, and see what held
`

/** Each command loads only what it needs, and returns the exit code. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  start: async () => (await import('./start.ts')).start(),
  demo: async () => (await import('./demo.ts')).demo(),
  import: async (args) => (await import('./import.ts')).importFolder(args),
  keys: async (args) => (await import('./keys.ts')).keys(args),
  build: async () => (await import('./build.ts')).build(),
  images: async (args) => (await import('./images.ts')).images(args),
  test: async (args) => (await import('./test.ts')).test(args),
  bench: async (args) => (await import('./measure.ts')).measure('bench', args),
  chaos: async (args) => (await import('./measure.ts')).measure('chaos', args),
  attack: async (args) => (await import('./measure.ts')).measure('attack', args),
}

async function main(): Promise<number> {
  const [name = 'help', ...args] = process.argv.slice(2)
  const command = COMMANDS[name]
  if (command) return command(args)
  const asked = ['help', '--help', '-h'].includes(name)
  ;(asked ? process.stdout : process.stderr).write(
    asked ? USAGE : `There is no command "${name}".\n\n${USAGE}`,
  )
  return asked ? 0 : 2
}

try {
  process.exit(await main())
} catch (error) {
  // A bug keeps its stack trace; what a person can mend is one line.
  if (!(error instanceof PlainError)) throw error
  sayTo(process.stderr).problem(error.message)
  process.exit(1)
}
