/** Ends a product that was started as a process of its own, as a person who presses Ctrl-C does. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const PATIENCE_MS = 20_000

/** Resolves when it is gone; one that does not end by itself is killed. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(hard)
}
