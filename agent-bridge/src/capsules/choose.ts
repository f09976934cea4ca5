/** Which driver runs the capsules of this installation: what RELPIN_CAPSULES says, or the best that there is. */
import { PlainError } from '@relpin/db/plain-error.ts'
import { log } from '../log.ts'
import { dockerDriver } from './docker.ts'
import type { CapsuleDriver } from './driver.ts'
import { processDriver } from './process.ts'

/**
 * Processes in a sandbox start fastest and need nothing else, so they come first where they can be limited; then a
 * Docker engine; then processes as they are. Throws a `PlainError` for a value that is none.
 */
export async function chooseDriver(
  dataFolder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CapsuleDriver> {
  const wanted = env['RELPIN_CAPSULES'] ?? 'auto'
  const tell = (what: string) => (text: string) => log('info', 'capsules', { [what]: text })
  const docker = (): CapsuleDriver =>
    dockerDriver(dataFolder, {
      progress: tell('begun'),
      done: tell('done'),
      info: tell('info'),
      problem: tell('problem'),
    })
  switch (wanted) {
    case 'process':
      return processDriver(dataFolder)
    case 'docker':
      return docker()
    case 'auto': {
      const processes = processDriver(dataFolder)
      if (whole(await processes.can())) return processes
      const containers = docker()
      if (!whole(await containers.can())) return processes
      await processes.close()
      return containers
    }
    default:
      throw new PlainError(`RELPIN_CAPSULES is "${wanted}". It can be process, docker or auto.`)
  }
}

function whole(can: Awaited<ReturnType<CapsuleDriver['can']>>): boolean {
  return can.isolated && Object.keys(can.refuses).length === 0
}
