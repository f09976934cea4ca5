/** The gateway in a process of its own, so that its memory is its own: answers where it listens, and what it weighs. */
import { connect } from '@relpin/db/connect.ts'
import { plainGateway } from '../../../agent-bridge/src/testing/plain-gateway.ts'

const SESSIONS = 20

const sql = connect(process.env['DATABASE_URL'] ?? '')
const gateway = await plainGateway(
  sql,
  (response) => void response.end(),
  {},
  { sessions: SESSIONS, baseUrl: () => process.env['PROVIDER_URL'] ?? '' },
)

process.on('message', (message) => {
  if (message === 'weigh') process.send?.({ rss: process.memoryUsage.rss() })
  else
    void gateway.usage().then(async (rows) => {
      process.send?.({ calls: rows.length })
      await gateway[Symbol.asyncDispose]()
      await sql.end({ timeout: 1 })
      process.exit(0)
    })
})
process.send?.({ url: gateway.address('chat') })
