/** Reads a chat-completions request the way the demo model needs it: the last prompt, and what was done since. */

export type WireMessage = {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content?:
    string | null | readonly { readonly type: string; readonly text?: string }[] | undefined
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
  readonly tool_call_id?: string
}

export type DoneCall = {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly result: string
}

export type Conversation = {
  /** What the person typed: the last text part of the last user message. */
  readonly prompt: string
  /** Tool calls since then, in order, each with its result. */
  readonly done: readonly DoneCall[]
}

export function readConversation(messages: readonly WireMessage[]): Conversation {
  const at = messages.findLastIndex((message) => message.role === 'user')
  const prompt = lastText(messages[at]?.content)
  const results = new Map<string, string>()
  const calls: { id: string; name: string; arguments: string }[] = []
  for (const message of messages.slice(at + 1)) {
    for (const call of message.tool_calls ?? []) calls.push({ id: call.id, ...call.function })
    if (message.role === 'tool' && message.tool_call_id)
      results.set(message.tool_call_id, lastText(message.content))
  }
  return {
    prompt,
    done: calls.map((call) => ({
      tool: call.name,
      args: parseArgs(call.arguments),
      result: results.get(call.id) ?? '',
    })),
  }
}

function lastText(content: WireMessage['content']): string {
  if (typeof content === 'string') return content
  return content?.findLast((part) => part.type === 'text' && part.text)?.text ?? ''
}

function parseArgs(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** The lines of a file as the read tool shows them; `null` when the result is no file. */
export function linesOf(result: string): string[] | null {
  const content = /<content>\n([\s\S]*?)\n\n\((?:End of file|Showing lines)/.exec(result)?.[1]
  if (content === undefined) return /<content>\n\n?\(End of file/.test(result) ? [] : null
  return content.split('\n').map((line) => line.replace(/^\d+: /, ''))
}

/** What became of an edit, in words for the person. */
export function outcomeInWords(result: string, what: string): string {
  const queued = /queued as patch (\w+)/.exec(result)
  if (queued) {
    return `${what} is **queued as patch ${queued[1]}**: waiting for approval. The live text is unchanged until then.`
  }
  const denied = /denied by rule ([^:\s]+(?::[^:\s]+)*): (.*?)(?: Do not retry\.)?$/ms.exec(result)
  if (denied) {
    return `${what} was **refused** by rule \`${denied[1]}\`: ${denied[2]?.trim()} I did not try again.`
  }
  if (/the text changed/.test(result))
    return `${what} did not go through, because the text changed meanwhile. Ask me again.`
  if (/^applied/.test(result)) return `${what} is **applied**: it is in everybody's editor now.`
  return `${what} did not work: ${result.split('\n')[0]}`
}
