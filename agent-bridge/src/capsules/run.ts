/** Runs a command in a capsule to its end and keeps what it says. */
import type { Capsule, ExecExit, ExecOptions } from './driver.ts'

export type Ran = { readonly exit: ExecExit; readonly stdout: Buffer; readonly stderr: Buffer }

/** `outputBytes` bounds what is kept; where it is not given, the command's output must be small. */
export async function run(
  capsule: Capsule,
  argv: readonly [string, ...string[]],
  options: ExecOptions = {},
): Promise<Ran> {
  const execution = capsule.exec(argv, options)
  const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  for await (const { stream, bytes } of execution.output) said[stream].push(bytes)
  return {
    exit: await execution.exit,
    stdout: Buffer.concat(said.stdout),
    stderr: Buffer.concat(said.stderr),
  }
}
