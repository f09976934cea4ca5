/** Runs a program in the foreground for a command, and ends it when the command is told to end. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ROOT } from './launch-config.ts'

type ChildOptions = {
  readonly env?: NodeJS.ProcessEnv
  /** The repository's root unless given. */
  readonly cwd?: string
  /** A file descriptor for its whole output; the terminal unless given. */
  readonly output?: number
}

/** Resolves to its exit code; 127 when it could not be started. */
export function runChild(
  file: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<number> {
  return new Promise((resolve) => {
    const output = options.output ?? 'inherit'
    const child = spawn(file, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['inherit', output, output],
    })
    const end = () => child.kill('SIGTERM')
    // A Ctrl-C reaches the child by itself; here it only must not end us before the child.
    const wait = () => undefined
    process.on('SIGTERM', end).on('disconnect', end).on('SIGINT', wait)
    const settle = (code: number) => {
      process.off('SIGTERM', end).off('disconnect', end).off('SIGINT', wait)
      resolve(code)
    }
    child.once('error', () => {
      settle(127)
    })
    child.once('exit', (code, signal) => {
      settle(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
