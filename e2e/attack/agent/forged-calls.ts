/** A compromised OpenCode: calls of its own making on the bridge's listener, from inside the agent's capsule. */
import { must, mustLack, mustMatch, type Case, type Family } from './case.ts'
import { fromInside, nodeLines, tokenIn, type Host, type OpenTurn, type Said } from './host.ts'

type Tried = OpenTurn & { readonly token: string }

/** In a turn of the role's session, which is ended whatever comes of it. */
async function within<T>(
  host: Host,
  role: 'viewer' | 'builder' | 'reviewer',
  work: (tried: Tried) => Promise<T>,
): Promise<T> {
  const turn = await host.during(await host.session(role))
  try {
    return await work({ ...turn, token: await tokenIn(turn.started) })
  } finally {
    await turn.end()
  }
}

const READ = { callId: 'forged-read', args: { filePath: 'src/main.ts' } }
const CHAT = { messages: [{ role: 'user', content: 'hi' }] }

function answers(
  name: string,
  status: number | readonly number[],
  ask: (host: Host, tried: Tried) => Promise<Said>,
): Case {
  const good = [status].flat()
  return {
    name,
    held: `answered with ${good.join(' or ')}`,
    run: (host) =>
      within(host, 'builder', async (tried) => {
        const said = await ask(host, tried)
        must(good.includes(said.status), `was ${said.status} ${said.text.slice(0, 300)}`)
      }),
  }
}

const edit = (callId: string, path: string, from: string, to: string) => ({
  callId,
  args: { filePath: path, oldString: from, newString: to },
})

export const forgedCalls: Family = {
  name: 'forged calls',
  runs: 'with each driver',
  cases: () => [
    answers('a tool without a token', 401, (_host, { started }) =>
      fromInside(started, '/tools/read', { token: null, body: READ }),
    ),
    answers('a tool with a guessed token', 401, (_host, { started }) =>
      fromInside(started, '/tools/read', { token: 'x'.repeat(43), body: READ }),
    ),
    answers('a tool with the token of another session', 401, async (host, { started }) => {
      const other = await host.started(await host.session('viewer'))
      return fromInside(started, '/tools/read', { token: await tokenIn(other), body: READ })
    }),
    answers('the model with the token of another session', 401, async (host, { started }) => {
      const other = await host.started(await host.session('viewer'))
      return fromInside(started, '/llm/v1/chat/completions', {
        token: await tokenIn(other),
        body: CHAT,
      })
    }),
    answers('the service token’s routes with its own token', 404, (_host, { started, token }) =>
      fromInside(started, '/internal/sessions', { token, body: {} }),
    ),
    answers('internal routes through a path with dots', [400, 404], (_host, { started, token }) =>
      fromInside(started, '/tools/..%2f..%2finternal/credentials', { token, body: READ }),
    ),
    answers('a tool named __proto__', 404, (_host, { started, token }) =>
      fromInside(started, '/tools/__proto__', { token, body: READ }),
    ),
    answers('a call without an id', 400, (_host, { started, token }) =>
      fromInside(started, '/tools/read', { token, body: { args: READ.args } }),
    ),
    answers('a body that is no JSON', 400, (_host, { started, token }) =>
      fromInside(started, '/tools/read', { token, body: '{"callId":' }),
    ),
    answers('another protocol than the model’s', 400, (_host, { started, token }) =>
      fromInside(started, '/llm/v1/messages', { token, body: { ...CHAT, max_tokens: 1 } }),
    ),
    {
      name: 'an identity in the body and the headers',
      held: 'the Viewer stays a Viewer: authoring:exec',
      run: (host) =>
        within(host, 'viewer', async ({ started, token }) => {
          const owner = host.bridge.members.owner
          const as = { kind: 'person', memberId: owner }
          const { text } = await fromInside(started, '/tools/write', {
            token,
            headers: { 'x-relpin-member': owner, 'x-forwarded-user': owner },
            body: {
              callId: 'as-owner',
              as,
              memberId: owner,
              sessionId: owner,
              args: { filePath: 'src/by-owner.ts', content: 'x\n', as, memberId: owner },
            },
          })
          mustMatch(text, /authoring:exec/)
          must((await host.bridge.text('src/by-owner.ts')) === null, 'the file is there')
        }),
    },
    {
      name: 'a call is replayed, with other arguments as well',
      held: 'the first verdict again, applied once',
      run: (host) =>
        within(host, 'builder', async ({ started, token }) => {
          const once = edit('replayed', 'src/replayed.ts', 'n = 1', 'n = 11')
          const made = { callId: 'made', args: { filePath: 'src/replayed.ts', content: 'n = 1\n' } }
          mustMatch((await fromInside(started, '/tools/write', { token, body: made })).text, /appl/)
          await fromInside(started, '/tools/edit', { token, body: once })
          const again = await fromInside(started, '/tools/edit', { token, body: once })
          mustMatch(again.text, /applied/)
          const other = edit('replayed', 'src/replayed.ts', 'n = 11', 'n = 666')
          await fromInside(started, '/tools/edit', { token, body: other })
          must(
            (await host.bridge.text('src/replayed.ts')) === 'n = 11\n',
            `the text is ${await host.bridge.text('src/replayed.ts')}`,
          )
        }),
    },
    {
      name: 'the id of another session’s applied call',
      held: 'judged by itself: the Reviewer’s edit waits',
      run: (host) =>
        within(host, 'reviewer', async ({ started, token }) => {
          const body = { callId: 'made', args: { filePath: 'src/not-mine.ts', content: 'x\n' } }
          const { text } = await fromInside(started, '/tools/write', { token, body })
          mustMatch(text, /queued/)
          must((await host.bridge.text('src/not-mine.ts')) === null, 'it is in main')
        }),
    },
    {
      name: 'forty calls of the same id at once',
      held: 'one creation, and no answer is a fault of the studio',
      run: (host) =>
        within(host, 'builder', async ({ started, token }) => {
          const body = { callId: 'race', args: { filePath: 'src/race.ts', content: 'one\n' } }
          const script = `for (let i = 0; i < 40; i++) fetch(process.argv[1] + '/tools/write', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ${token}' }, body: ${JSON.stringify(JSON.stringify(body))} }).then(async (a) => console.log(a.status, (await a.text()).slice(0, 300)))`
          const lines = await nodeLines(started, script)
          must(lines.length === 40, `${lines.length} answers`)
          mustLack(lines.join('\n'), /^5\d\d /m)
          must((await host.bridge.text('src/race.ts')) === 'one\n', 'the text is another')
        }),
    },
    {
      name: 'a body of 40 MB',
      held: 'refused unread (413), and the bridge answers the next',
      run: (host) =>
        within(host, 'builder', async ({ started, token }) => {
          const lines = await nodeLines(
            started,
            `fetch(process.argv[1] + '/tools/write', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ${token}' }, body: JSON.stringify({ callId: 'huge', args: { filePath: 'src/huge.ts', content: 'x'.repeat(40e6) } }) }).then((a) => console.log(a.status), (e) => console.log(0))`,
          )
          must(lines[0] === '413' || lines[0] === '0', `was ${lines[0]}`)
          must((await host.bridge.text('src/huge.ts')) === null, 'the file is there')
          const next = await fromInside(started, '/tools/read', { token, body: READ })
          must(next.status === 200, `the next was ${next.status}`)
        }),
    },
    {
      name: 'hundreds of connections that never finish a request',
      held: 'another session is served meanwhile',
      run: (host) =>
        within(host, 'builder', async ({ started }) => {
          const script = `const u = new URL(process.argv[1]); for (let i = 0; i < 400; i++) { const c = require('net').connect(u.port, u.hostname); c.on('error', () => {}); c.write('POST /tools/read HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 100\\r\\n\\r\\n{') } setTimeout(() => process.exit(), 6000)`
          const holding = nodeLines(started, script)
          const { results } = await host.obey(await host.session('reviewer'), [
            { tool: 'read', args: { filePath: 'src/main.ts' } },
          ])
          mustMatch(results[0] ?? '', /price/)
          await holding
        }),
    },
    {
      name: 'two requests smuggled into one',
      held: 'refused; nothing of the second is done',
      run: (host) =>
        within(host, 'builder', async ({ started, token }) => {
          const script = `const u = new URL(process.argv[1]); const c = require('net').connect(u.port, u.hostname); c.on('data', (d) => console.log(String(d).split('\\r\\n')[0])); c.on('close', () => process.exit()); c.on('error', () => process.exit());
c.write('POST /tools/read HTTP/1.1\\r\\nhost: x\\r\\nauthorization: Bearer ${token}\\r\\ncontent-length: 6\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET /llm/v1/models HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'); setTimeout(() => process.exit(), 3000)`
          const lines = await nodeLines(started, script)
          mustLack(lines.join('\n'), / 200 /)
        }),
    },
  ],
}
