/** The address of the services: a connection that is used again and again costs no more than one that is new. */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { SERVICE_TOKEN, TestStudio } from '../testing/studio.ts'

/** One more than this, and Node warns of a leak. */
const LISTENERS = 10

test('a hundred commands over one kept connection leave nothing behind on it', async () => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const warnings: string[] = []
  const note = (warning: Error): void => void warnings.push(warning.name)
  process.on('warning', note)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set<unknown>()
  const read = async (): Promise<string> => {
    const call = request({
      agent,
      socketPath: `${studio.runFolder}/collab.sock`,
      path: '/internal/view/read',
      method: 'POST',
      headers: { authorization: `Bearer ${SERVICE_TOKEN}` },
    })
    call.on('socket', (socket) => sockets.add(socket))
    const answered = new Promise<string>((resolve, reject) => {
      call.on('response', (response) => void text(response).then(resolve, reject))
      call.on('error', reject)
    })
    const as = studio.person('owner')
    const view = { kind: 'main' }
    call.end(JSON.stringify({ as, workspaceId: studio.workspace.id, view, path: 'a.ts' }))
    return answered
  }
  for (let count = 0; count < 10 * LISTENERS; count += 1)
    expect(JSON.parse(await read())).toMatchObject({ text: 'a' })
  agent.destroy()
  process.off('warning', note)
  expect(sockets.size).toBe(1)
  expect(warnings).not.toContain('MaxListenersExceededWarning')
})
