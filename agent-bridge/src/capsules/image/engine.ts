/** The Docker engine of this machine, and what its streams of progress come to. */
import Docker from 'dockerode'
import { PlainError } from '@relpin/db/plain-error.ts'

/** The engine that answers at DOCKER_HOST or its usual socket. Throws a `PlainError` when none does. */
export async function connectEngine(): Promise<Docker> {
  const docker = new Docker()
  try {
    await docker.ping()
    return docker
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new PlainError(
      `No Docker engine answers (${code ?? message}). Start one, or set DOCKER_HOST to the address of yours.`,
    )
  }
}

export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  return (await imageId(docker, reference)) !== null
}

/** The id of an image that is on this machine, which changes with its content. */
export async function imageId(docker: Docker, reference: string): Promise<string | null> {
  try {
    return (await docker.getImage(reference).inspect()).Id
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null
    throw error
  }
}

/** Resolves when a pull, an import or a build is done. Throws with the engine's last words when it failed. */
export function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  const words: string[] = []
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null) => {
        if (!error) resolve()
        else reject(new Error([...words.slice(-12), error.message].join('\n')))
      },
      (event: { stream?: string }) => {
        const line = event.stream?.trim()
        if (line) words.push(line)
      },
    )
  })
}
