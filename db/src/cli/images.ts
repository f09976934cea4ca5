/** `npm run relpin -- images [base]`: has the agent bridge, which uses them, make the container images. */
import { join } from 'node:path'
import { ROOT } from './launch-config.ts'
import { runChild } from './run-child.ts'

const MAIN = join(ROOT, 'agent-bridge/src/capsules/image/main.ts')

export function images(args: readonly string[]): Promise<number> {
  return runChild(process.execPath, [MAIN, ...args])
}
