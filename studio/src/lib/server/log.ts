/** This service's log. */
import { logger } from '@relpin/db/log.ts'

const log = logger('studio')

/** What went wrong inside, and where. */
export const logError = (where: string, error: unknown): void => {
  log.bug(error, { where })
}
