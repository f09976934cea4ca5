/** `npm run relpin -- build`: leaves nothing to be built at the next start, as an image of the product wants it. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sayTo } from './say.ts'
import { ensureStudioBuilt } from './studio-build.ts'

export async function build(): Promise<number> {
  await ensureStudioBuilt(sayTo(), await mkdtemp(join(tmpdir(), 'relpin-build-')))
  return 0
}
