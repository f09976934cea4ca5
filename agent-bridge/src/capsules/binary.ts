/** Finds the native OpenCode binary inside the npm package `opencode-ai`, past its wrapper. */
import { access, constants, copyFile, link, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CapsuleError } from './driver.ts'
import { packageFolder } from './package-folder.ts'

/** The path of an executable. Throws a `CapsuleError` when the package is missing or was installed for another machine. */
export async function findOpencode(): Promise<string> {
  for (const candidate of candidates()) {
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return candidate
  }
  throw new CapsuleError(
    `OpenCode is not installed for ${process.platform}-${process.arch}. Run "npm install" again on this machine.`,
  )
}

/**
 * A path of the binary that an unprivileged user can reach: `binary` itself, or a hard link (a copy, where that is
 * impossible) in `folder`, when a folder above it is closed to others.
 */
export async function reachableBinary(
  binary: string,
  folder: string,
  name: string,
): Promise<string> {
  if (await openToOthers(binary)) return binary
  const target = join(folder, name)
  await rm(target, { force: true })
  await link(binary, target).catch(() => copyFile(binary, target))
  return target
}

function* candidates(): Generator<string> {
  // The wrapper package puts the binary that fits this processor here when it is installed.
  const wrapper = packageFolder('opencode-ai')
  if (wrapper) yield join(wrapper, 'bin/opencode.exe')
  for (const suffix of ['', '-baseline', '-musl', '-baseline-musl']) {
    const folder = packageFolder(`opencode-${process.platform}-${process.arch}${suffix}`)
    if (folder) yield join(folder, 'bin/opencode')
  }
}

async function openToOthers(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
