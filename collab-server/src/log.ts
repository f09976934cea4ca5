/** This service's log. */
import { logger } from '@relpin/db/log.ts'

export const log = logger('collab-server')
