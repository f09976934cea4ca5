/** Runs one shell command in a container of a test, and waits for its end. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Container } from 'dockerode'

export type Ran = { readonly code: number | null; readonly output: string }

/** `output` is what it wrote to both streams. */
export async function runIn(container: Container, command: string): Promise<Ran> {
  const exec = await container.exec({
    Cmd: ['bash', '-c', command],
    AttachStdout: true,
    AttachStderr: true,
  })
  const stream = await exec.start({})
  const both = new PassThrough()
  container.modem.demuxStream(stream, both, both)
  stream.once('end', () => both.end())
  const output = await text(both)
  return { code: (await exec.inspect()).ExitCode, output: output.trim() }
}
