/** A server under test in a process of its own, with the probe in it. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ProbeAnswer, ProbeMessage, Question } from './probe.ts'

const PROBE = new URL('probe.ts', import.meta.url).href
const START_MS = 30_000

export class ServerProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when the server says that it is ready. */
  static async start(script: URL, env: NodeJS.ProcessEnv): Promise<ServerProcess> {
    const profile = process.env['BENCH_PROFILE']
    const child = fork(fileURLToPath(script), {
      env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
      execArgv: [
        '--expose-gc',
        '--import',
        PROBE,
        ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []),
      ],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n'))
        if (line !== '' && !line.includes('"level":"info"')) process.stderr.write(`${line}\n`)
    })
    const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => {
        resolve()
      })
      child.once('exit', () => {
        reject(new Error(`${script.pathname} did not start`))
      })
    })
    clearTimeout(late)
    return new ServerProcess(child)
  }

  async ask(probe: Question): Promise<number> {
    this.#child.send({ probe } satisfies ProbeMessage)
    const [{ answer }] = (await once(this.#child, 'message')) as [ProbeAnswer]
    return answer
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(hard)
  }
}
