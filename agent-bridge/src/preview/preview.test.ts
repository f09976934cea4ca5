/** A preview runs the app's own Vite on main's live text; where no registry is reachable, it says that. */
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  DIAL_PROTOCOL,
  type Preview,
  type PreviewState,
} from '@relpin/authority/contracts/preview.ts'
import { bridgeSocket } from '@relpin/db/service-config.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { forkView } from '../shell/fork.ts'
import { handIn } from '../shell/hand-in.ts'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

let bridge: RunningBridge
let refusal: string | undefined
beforeAll(async () => {
  bridge = await runningBridge({
    'package.json': `${JSON.stringify({ name: 'shop', type: 'module', devDependencies: { vite: '8.3.8' } })}\n`,
    'index.html': '<script type="module" src="/src/main.ts"></script>\n',
    'src/main.ts': 'export const price: number = 1\n',
  })
  await insertTestSignIn(bridge.sql, bridge.members.builder)
  refusal = (await bridge.driver.can()).refuses.preview
})
afterAll(() => bridge[Symbol.asyncDispose]())

const open = (role: 'viewer' | 'builder', anew = false) =>
  bridge.call('POST', '/internal/previews', {
    memberId: bridge.members[role],
    appId: bridge.appId,
    anew,
  })

/** As the builder. */
async function write(path: string, content: string): Promise<void> {
  const { collab, sql, workspaceId, members } = bridge
  const as = {
    kind: 'person',
    memberId: members.builder,
    signIn: testSignInOf(members.builder),
  } as const
  const { signal } = new AbortController()
  const forked = await forkView({ collab, as, workspaceId, view: { kind: 'main' }, signal })
  if (!forked.ok) throw new Error(forked.why)
  const intent = { id: randomUUID(), title: 'A price' }
  const order = { sql, collab, as, workspaceId, intent, callId: intent.id }
  await handIn(order, forked.fork, new Map([[path, Buffer.from(content)]]))
}

/** The first state for which `until` is true, or that is the last. */
function state(id: string, until: (state: PreviewState) => boolean): Promise<PreviewState> {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath: bridgeSocket(bridge.config),
      path: `/internal/previews/${id}/events`,
      headers: { authorization: `Bearer ${bridge.config.serviceToken}` },
    })
    call.on('error', reject)
    call.on('response', (response) => {
      let rest = ''
      response.on('error', () => undefined)
      response.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (!line.startsWith('data: ')) continue
          const now = JSON.parse(line.slice('data: '.length)) as PreviewState
          if (!until(now) && now.phase !== 'ended') continue
          call.removeAllListeners('error').on('error', () => undefined)
          call.destroy()
          resolve(now)
        }
      })
    })
    call.end()
  })
}

/** What the development server answers, over the bridge's own door. */
async function get(id: string, path: string, token = bridge.config.serviceToken): Promise<string> {
  const socket = createConnection(bridgeSocket(bridge.config))
  socket.write(
    `GET /internal/previews/${id}/dial HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer ${token}\r\n` +
      `Connection: Upgrade\r\nUpgrade: ${DIAL_PROTOCOL}\r\n\r\n`,
  )
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

it('shows main as it is changed, and is one for everybody; an address of before leads nowhere', async ({
  skip,
}) => {
  skip(refusal !== undefined, refusal)
  const opened = await open('viewer')
  expect(opened.status).toBe(200)
  const { id } = opened.json as Preview
  const now = await state(id, ({ phase }) => phase === 'running' || phase === 'failed')
  const why = 'why' in now ? `${now.why} ${'log' in now ? now.log : ''}` : ''
  skip(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|cannot be reached/.test(why), 'no registry is reachable')
  expect(why).toBe('')
  expect(((await open('builder')).json as Preview).id).toBe(id)
  expect(await get(id, '/src/main.ts')).toContain('price = 1')

  await write('src/main.ts', 'export const price: number = 2\n')
  await expect.poll(() => get(id, '/src/main.ts'), { timeout: 20_000 }).toContain('price = 2')

  const other = ((await open('builder', true)).json as Preview).id
  expect(other).not.toBe(id)
  expect(await get(id, '/src/main.ts')).toContain('404 Not Found')
})

it('nobody without the service token is connected with it', async () => {
  expect(await get('0'.repeat(32), '/', 'wrong')).toContain('401 Unauthorized')
  expect(await get('0'.repeat(32), '/')).toContain('404 Not Found')
})
