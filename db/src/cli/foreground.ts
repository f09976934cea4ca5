/** Holds a running product in the foreground until it is told to stop: Ctrl-C, SIGTERM, or the end of whoever started it. */
import { constants } from 'node:os'
import type { RunningProduct } from './product.ts'
import type { Say } from './say.ts'
import { plainMessage } from '../plain-error.ts'

/** npm, the terminal and the bootstrap each deliver one Ctrl-C: within this time they are one. */
const SAME_PRESS_MS = 700

/** Ends the process: 0 after an orderly stop, 1 after a failure, at once after a second Ctrl-C. */
export async function holdForeground(product: RunningProduct, say: Say): Promise<number> {
  const asked = Promise.withResolvers<'asked'>()
  let askedAt = 0
  const ask = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'disconnect') => {
    if (askedAt === 0) {
      askedAt = Date.now()
      say.progress('Stopping')
      asked.resolve('asked')
    } else if (signal === 'SIGINT' && Date.now() - askedAt > SAME_PRESS_MS) {
      product.kill()
      process.exit(128 + constants.signals.SIGINT)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      ask(signal)
    })
  }
  process.on('disconnect', () => {
    ask('disconnect')
  })

  try {
    await Promise.race([asked.promise, product.failed, product.started.then(() => asked.promise)])
    await product.stop()
    say.done('Stopped')
    return 0
  } catch (error) {
    if (askedAt === 0) say.problem(plainMessage(error))
    await product.stop()
    return askedAt === 0 ? 1 : 0
  }
}
