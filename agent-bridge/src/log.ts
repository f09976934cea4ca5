/** This service's log. */
import { logger } from '@relpin/db/log.ts'

export const log = logger('agent-bridge')
export const logBug = log.bug
