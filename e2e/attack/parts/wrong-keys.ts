/** Tokens: none, made up, somebody else's, for another app, expired, of people who left; and roles that may not. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Case, Family } from './case.ts'
import { cut, must, notOpened, refused, soon } from './expectations.ts'
import { typed } from './forge.ts'
import { TYPE } from './raw-socket.ts'
import type { Newcomer, Token, World } from './world.ts'
import type { Role } from '../../support/running-studio.ts'

const forgedToken =
  (forge: (body: string, signature: string) => string) =>
  async (world: World): Promise<string> => {
    const [body = '', signature = ''] = (await world.token('viewer')).split('.')
    return forge(body, signature)
  }

const asOwner = (world: World, body: string): string => {
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  return Buffer.from(JSON.stringify({ ...claims, memberId: world.people.owner.id })).toString(
    'base64url',
  )
}

function worthless(name: string, token: (world: World) => Promise<string>): Case {
  return {
    name,
    held: 'not opened: token-expired',
    run: async (world) => {
      const socket = await world.socket()
      socket.authenticate(world.victim, await token(world))
      await notOpened(socket, world.victim, 'token-expired')
    },
  }
}

/** Somebody types without a pause while their authority ends: their socket is cut, and their token opens nothing. */
function ends(
  name: string,
  end: (world: World, guest: Newcomer) => Promise<void>,
  again: string | RegExp,
): Case {
  return {
    name,
    held: `cut with 4403; the kept token: ${String(again)}`,
    run: async (world) => {
      const guest = await world.newcomer('builder')
      const token = await world.tokenOf(guest.api)
      const socket = await world.socket()
      await socket.join(world.file('src/spare.ts'), token)
      await end(world, guest)
      await cut(socket, 4403)
      const kept = await world.socket()
      kept.authenticate(world.file('src/spare.ts'), token)
      await notOpened(kept, world.file('src/spare.ts'), again)
    },
  }
}

const mayNot = (role: Role, path: string, rule: string): Case => ({
  name: `a ${role} types into ${path}`,
  held: `refused by ${rule}`,
  run: async (world) => {
    const document = world.file(path)
    const socket = await world.joined(role, document)
    socket.update(document, typed('not allowed'))
    await refused(socket, document, rule)
  },
})

const waits = (role: Role, path: string): Case => ({
  name: `a ${role} types into ${path}`,
  held: 'waits on their branch; main stays',
  run: async (world) => {
    const document = world.file(path)
    const before = await world.app.text(path)
    const socket = await world.joined(role, document)
    socket.update(document, typed('wants approval '))
    await socket.hear(
      (one) =>
        one.what === 'told' && one.message.type === 'verdict' && one.message.verdict === 'queued',
    )
    await must((await world.app.text(path)) === before, 'main changed')
  },
})

export const wrongKeys: Family = {
  name: 'wrong keys',
  cases: [
    {
      name: 'no token: straight to typing',
      held: 'never applied, nothing told',
      run: async (world) => {
        const socket = await world.socket()
        socket.step1(world.victim)
        socket.update(world.victim, typed('no token'))
        await pause(500)
        await must(socket.heard.length === 0, `heard ${socket.summary()}`)
      },
    },
    {
      name: 'no token: the socket just stays',
      held: 'closed within its patience',
      run: async (world) => {
        const socket = await world.socket()
        await socket.end(45_000)
      },
    },
    worthless('an empty token', () => Promise.resolve('')),
    worthless('a made-up token', () => Promise.resolve('made.up')),
    worthless('a token of many parts', () => Promise.resolve('a.b.c.d')),
    worthless("a sign-in's token", (world) => Promise.resolve(world.people.owner.token)),
    worthless(
      'a token without its signature',
      forgedToken((body) => `${body}.`),
    ),
    worthless(
      'a token with a cut signature',
      forgedToken((body, sign) => `${body}.${sign.slice(0, -1)}`),
    ),
    {
      ...worthless('a token changed to be the Owner’s', async (world) => {
        const [body = '', signature = ''] = (await world.token('viewer')).split('.')
        return `${asOwner(world, body)}.${signature}`
      }),
    },
    {
      name: 'an expired token',
      held: 'not opened: token-expired',
      run: async (world) => {
        const { token, expiresAt } = await world
          .api('builder')
          .call<Token>('POST', '/api/collab-token', { app: world.app.slug })
        await pause(new Date(expiresAt).getTime() - Date.now() + 50)
        const socket = await world.socket()
        socket.authenticate(world.victim, token)
        await notOpened(socket, world.victim, 'token-expired')
      },
    },
    {
      name: 'a token that is never renewed',
      held: 'asked for a new one, then cut with 4403',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        await socket.hear((one) => one.what === 'asked-token', 30_000)
        const { code } = await socket.end(30_000)
        await must(code === 4403, `was closed with ${code}`)
      },
    },
    {
      name: 'the same token sent again and again as a renewal',
      held: 'renews nothing: cut with 4403',
      run: async (world) => {
        const token = await world.token('builder')
        const socket = await world.socket()
        await socket.join(world.file('src/spare.ts'), token)
        const again = setInterval(() => {
          socket.authenticate(world.file('src/spare.ts'), token)
        }, 200)
        try {
          const { code } = await socket.end(30_000)
          await must(code === 4403 || code === 4401, `was closed with ${code}`)
        } finally {
          clearInterval(again)
        }
      },
    },
    {
      name: "somebody else's token as a renewal",
      held: 'the document is closed, and stays theirs',
      run: async (world) => {
        const document = world.file('src/spare.ts')
        const socket = await world.joined('viewer', document)
        socket.authenticate(document, await world.token('owner'))
        await soon(
          () => socket.ended !== null || socket.heard.some((one) => one.what === 'left'),
          'it was taken',
        )
        const before = await world.app.text('src/spare.ts')
        socket.update(document, typed('as the owner'))
        await pause(300)
        await must((await world.app.text('src/spare.ts')) === before, 'the Viewer wrote')
      },
    },
    mayNot('viewer', 'src/victim.ts', 'authoring:exec'),
    waits('reviewer', 'src/spare.ts'),
    waits('builder', 'AGENTS.md'),
    ends(
      'a Builder who becomes a Viewer',
      async (world, guest) => {
        await world.api('owner').call('PATCH', `/api/members/${guest.id}`, { role: 'viewer' })
        // Reads on with the same token: a Viewer may.
        const socket = await world.socket()
        await socket.join(world.file('src/spare.ts'), await world.tokenOf(guest.api))
        socket.update(world.file('src/spare.ts'), typed('as a Builder'))
        await refused(socket, world.file('src/spare.ts'), 'authoring:exec')
        await world.api('owner').call('DELETE', `/api/members/${guest.id}`)
      },
      /^(member-removed|token-expired)$/,
    ),
    ends(
      'a Builder who is removed',
      (world, guest) => world.api('owner').call('DELETE', `/api/members/${guest.id}`),
      /^(member-removed|token-expired)$/,
    ),
    ends(
      'a Builder who signs out',
      (_world, guest) => guest.api.call('DELETE', '/api/sign-in'),
      'token-expired',
    ),
    {
      name: 'a deleted app, over a socket that is open',
      held: 'cut with 4403; the kept token: not-found',
      run: async (world) => {
        const { app } = await world
          .api('owner')
          .call<{ app: { slug: string } }>('POST', '/api/apps', {
            name: `gone-${Date.now().toString(36)}`,
            from: 'empty',
          })
        const base = `/api/apps/${app.slug}`
        await world
          .api('owner')
          .call('POST', `${base}/files`, { path: 'a.ts', text: 'secret plan\n' })
        const { items } = await world
          .api('owner')
          .call<{ items: { fileId: string }[] }>('GET', `${base}/files`)
        const document = `file/${items[0]?.fileId ?? ''}`
        const { token } = await world
          .api('builder')
          .call<Token>('POST', '/api/collab-token', { app: app.slug })
        const socket = await world.socket()
        await socket.join(document, token)
        await world.api('owner').call('DELETE', base)
        await cut(socket, 4403)
        const kept = await world.socket()
        kept.authenticate(document, token)
        await notOpened(kept, document, 'not-found')
      },
    },
    {
      name: 'a second sign-in while one document is open',
      held: 'the message is no message: the socket is closed',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        socket.message(world.file('src/spare.ts'), TYPE.auth, (encoder) => {
          encoder.cbuf[encoder.cpos++] = 2
        })
        await cut(socket, 4400)
      },
    },
  ],
}
