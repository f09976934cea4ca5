/**
 * The image that the product's own images start from: Debian with Node 24 and npm. The official one where a registry is
 * reachable; one that is made on this machine from Debian's packages otherwise.
 */
import type Docker from 'dockerode'
import type { Say } from '@relpin/db/cli/say.ts'
import { PlainError, plainMessage } from '@relpin/db/plain-error.ts'
import { finished, hasImage } from './engine.ts'
import { localBaseReference, makeLocalBase } from './local-base.ts'

export const OFFICIAL_BASE = 'node:24-trixie-slim'
/** A registry that takes longer than this is taken for one that cannot be reached. */
const PULL_TIMEOUT_MS = 300_000

/** A reference to an image that is on this machine. RELPIN_BASE_IMAGE names another one. Throws a `PlainError`. */
export async function ensureBaseImage(docker: Docker, say: Say): Promise<string> {
  const chosen = process.env['RELPIN_BASE_IMAGE']
  if (chosen) return ensureChosen(docker, chosen)
  const local = await localBaseReference()
  for (const reference of [OFFICIAL_BASE, local]) {
    if (await hasImage(docker, reference)) return reference
  }
  say.progress(`Fetching ${OFFICIAL_BASE}`)
  const failure = await pull(docker, OFFICIAL_BASE)
  if (failure === null) {
    say.done(`${OFFICIAL_BASE} fetched`)
    return OFFICIAL_BASE
  }
  say.info(`${OFFICIAL_BASE} cannot be fetched here: ${failure}`)
  await makeLocalBase(docker, local, say)
  return local
}

async function ensureChosen(docker: Docker, reference: string): Promise<string> {
  if (await hasImage(docker, reference)) return reference
  const failure = await pull(docker, reference)
  if (failure === null) return reference
  throw new PlainError(
    `RELPIN_BASE_IMAGE names ${reference}, which is not on this machine and cannot be fetched: ${failure}`,
  )
}

/** `null` when the image is there now, or why not, in the engine's words. */
async function pull(docker: Docker, reference: string): Promise<string | null> {
  try {
    const abortSignal = AbortSignal.timeout(PULL_TIMEOUT_MS)
    await finished(docker, await docker.pull(reference, { abortSignal }))
    return null
  } catch (error) {
    const said = (error as { json?: { message?: string } }).json?.message
    return said ?? plainMessage(error)
  }
}
