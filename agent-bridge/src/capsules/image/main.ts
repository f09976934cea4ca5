/** `npm run relpin -- images`: prepares the images ahead of time; with `base` only what they start from. */
import { sayTo } from '@relpin/db/cli/say.ts'
import { PlainError } from '@relpin/db/plain-error.ts'
import { ensureBaseImage } from './base-image.ts'
import { ensureCapsuleImage } from './capsule-image.ts'
import { connectEngine } from './engine.ts'

const say = sayTo(process.stderr)
try {
  const docker = await connectEngine()
  if (process.argv[2] === 'base') {
    // A line for compose's .env; everything else is said beside it.
    process.stdout.write(`RELPIN_BASE_IMAGE=${await ensureBaseImage(docker, say)}\n`)
  } else {
    process.stdout.write(`${await ensureCapsuleImage(docker, say)}\n`)
  }
} catch (error) {
  if (!(error instanceof PlainError)) throw error
  say.problem(error.message)
  process.exitCode = 1
}
