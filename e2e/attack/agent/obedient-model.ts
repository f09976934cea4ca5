/** A model that obeys whoever attacks: it makes exactly the tool calls that a case gives it, in their order. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { readConversation } from '../../../agent-bridge/src/demo-model/conversation.ts'
import type { Act, Call } from '../../../agent-bridge/src/demo-model/scripts.ts'
import { WIRES } from '../../../agent-bridge/src/demo-model/wire.ts'

export type Script = {
  readonly calls: readonly Call[]
  /** Its last answer waits for this: the turn stays open meanwhile. */
  readonly hold?: Promise<undefined>
}

export type Heard = {
  /** What came of each call, as the model was told. */
  readonly results: readonly string[]
  /** All that the model was sent. */
  readonly bodies: string
}

export type ObedientModel = {
  readonly baseUrl: string
  /** Words for the prompt: the model finds its script by them. */
  readonly learn: (script: Script) => string
  readonly heard: (words: string) => Heard
  readonly close: () => void
}

export async function startObedientModel(): Promise<ObedientModel> {
  const scripts = new Map<string, Script>()
  const heard = new Map<string, { results: readonly string[]; bodies: string }>()
  const server = createServer((request, response) => {
    text(request)
      .then((body) => answer(body, response))
      .catch(() => response.destroy())
  })

  async function answer(body: string, response: ServerResponse): Promise<void> {
    const asked = JSON.parse(body) as Record<string, unknown>
    const { prompt, done } = readConversation(WIRES.chat.messages(asked) ?? [])
    const words = /\[case \d+\]/.exec(prompt)?.[0] ?? ''
    const script = scripts.get(words)
    const withTools = Array.isArray(asked['tools']) && asked['tools'].length > 0
    let act: Act = { act: 'answer', text: 'Obeyed.' }
    if (script && withTools) {
      const before = heard.get(words)?.bodies ?? ''
      heard.set(words, { results: done.map(({ result }) => result), bodies: `${before}\n${body}` })
      const next = script.calls[done.length]
      if (next) act = { act: 'call', say: '', calls: [next] }
      else await script.hold
    }
    const usage = { input: 10, output: 10 }
    if (asked['stream'] !== true) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(WIRES.chat.whole(act, usage)))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const { data } of WIRES.chat.events(act, usage))
      response.write(`data: ${JSON.stringify(data)}\n\n`)
    response.end(WIRES.chat.end)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    learn: (script) => {
      const words = `[case ${scripts.size + 1}]`
      scripts.set(words, script)
      return words
    },
    heard: (words) => heard.get(words) ?? { results: [], bodies: '' },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
