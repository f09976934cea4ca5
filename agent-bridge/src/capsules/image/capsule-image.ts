/** Builds the image that docker capsules are started from, when what it is made of has changed. */
import { createHash } from 'node:crypto'
import { chmod, copyFile, glob, link, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Docker from 'dockerode'
import { type Say, seconds } from '@relpin/db/cli/say.ts'
import { bakeHome, removeBaked } from '../bake-home.ts'
import { findOpencode } from '../binary.ts'
import { bakeInside } from '../installation.ts'
import { ensureBaseImage } from './base-image.ts'
import { finished, hasImage, imageId } from './engine.ts'
import { PACKAGES } from './local-base.ts'

const DOCKERFILE = fileURLToPath(new URL('Dockerfile', import.meta.url))

/** A reference to the image, which is on this machine then. Throws a `PlainError` where no base can be had. */
export async function ensureCapsuleImage(docker: Docker, say: Say): Promise<string> {
  const base = await ensureBaseImage(docker, say)
  const began = Date.now()
  const context = await mkdtemp(join(tmpdir(), 'relpin-capsule-image-'))
  try {
    await layOut(context)
    const reference = `relpin-capsule:${await digest(context, await imageId(docker, base))}`
    if (await hasImage(docker, reference)) return reference
    say.progress('Building the image of capsules')
    const built = await docker.buildImage(
      { context, src: ['Dockerfile', 'opencode', 'config', 'inside'] },
      {
        t: reference,
        buildargs: { BASE: base, PACKAGES: PACKAGES.join(' ') },
        labels: { 'relpin.image': 'capsule' },
        forcerm: true,
      },
    )
    await finished(docker, built)
    say.done(`${reference} built (${seconds(began)})`)
    return reference
  } finally {
    await removeBaked(join(context, 'config'))
    await rm(context, { recursive: true, force: true })
  }
}

async function layOut(context: string): Promise<void> {
  await copyFile(DOCKERFILE, join(context, 'Dockerfile'))
  const binary = await findOpencode()
  const target = join(context, 'opencode')
  await link(binary, target).catch(() => copyFile(binary, target))
  await bakeInside(join(context, 'inside'))
  await bakeHome(join(context, 'config'))
  await chmod(join(context, 'config'), 0o555)
}

/** Of all that goes in, and of what it is put on. */
async function digest(context: string, base: string | null): Promise<string> {
  const names: string[] = []
  for await (const entry of glob('**/*', { cwd: context, withFileTypes: true })) {
    if (entry.isFile()) names.push(join(entry.parentPath, entry.name).slice(context.length + 1))
  }
  const hash = createHash('sha256').update(`${base} ${PACKAGES.join(' ')}\0`)
  for (const name of names.sort()) {
    const content = await readFile(join(context, name))
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}
