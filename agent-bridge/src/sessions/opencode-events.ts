/** The events of OpenCode's own stream that the bridge understands; all others pass by. */

type OpencodeTokens = {
  readonly input: number
  readonly output: number
  readonly reasoning: number
  readonly cache: { readonly read: number; readonly write: number }
}

export type OpencodePart = { readonly id: string; readonly messageID: string } & (
  | {
      readonly type: 'text' | 'reasoning'
      readonly text: string
      readonly time?: { readonly start: number; readonly end?: number }
    }
  | {
      readonly type: 'tool'
      readonly tool: string
      readonly callID: string
      readonly state: {
        readonly status: 'pending' | 'running' | 'completed' | 'error'
        readonly input?: Readonly<Record<string, unknown>>
        readonly error?: string
        readonly time?: { readonly start: number; readonly end?: number }
      }
    }
  | { readonly type: 'step-finish'; readonly tokens: OpencodeTokens }
  | { readonly type: 'step-start' | 'snapshot' | 'patch' | 'retry' | 'file' }
)

type Known<Type extends string, Properties> = {
  readonly type: Type
  readonly properties: { readonly sessionID?: string } & Properties
}

export type OpencodeEvent =
  | Known<'message.updated', { readonly info: { readonly id: string; readonly role: string } }>
  | Known<'message.part.updated', { readonly part: OpencodePart }>
  | Known<
      'message.part.delta',
      { readonly partID: string; readonly field: string; readonly delta: string }
    >
  | Known<
      'session.status',
      {
        readonly status: {
          readonly type: 'idle' | 'busy' | 'retry'
          readonly attempt?: number
          readonly message?: string
        }
      }
    >
  | Known<
      'todo.updated',
      { readonly todos: readonly { readonly content: string; readonly status: string }[] }
    >
  | Known<'session.idle', object>
  | Known<
      'session.error',
      {
        readonly error?: {
          readonly name: string
          readonly data?: { readonly message?: string }
        }
      }
    >
  | Known<'permission.asked', { readonly id: string; readonly permission: string }>

/** Splits a server-sent event stream into the JSON of its `data:` lines. Ends when the stream does. */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<OpencodeEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data:')) continue
      yield JSON.parse(line.slice('data:'.length)) as OpencodeEvent
    }
  }
}
